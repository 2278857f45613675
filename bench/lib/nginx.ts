// nginx's configuration, as one process in the foreground, for the bench's proxy and its backend.

import { spawnSync } from 'node:child_process';

/** Null where nginx is not installed. */
export function nginxVersion(): string | null {
  const { status, stderr } = spawnSync('nginx', ['-v'], { encoding: 'utf8' });
  return status === 0 ? stderr.trim().replace('nginx version: nginx/', '') : null;
}

/** `server` is the inside of the only server block; `outside` stands beside that block. */
export function nginxFile(directory: string, port: number, server: string, outside = ''): string {
  return `daemon off;
master_process off;
pid ${directory}/nginx.pid;
error_log stderr crit;
events { worker_connections 8192; }
http {
  ${commonSettings(directory)}
  ${outside}
  server {
    listen 127.0.0.1:${port};
    ${server}
  }
}
`;
}

function commonSettings(directory: string): string {
  return `access_log off;
  client_body_temp_path ${directory}/body;
  proxy_temp_path ${directory}/proxy;
  fastcgi_temp_path ${directory}/fastcgi;
  uwsgi_temp_path ${directory}/uwsgi;
  scgi_temp_path ${directory}/scgi;
  keepalive_requests 1000000000;
  keepalive_timeout 3600s;
  client_max_body_size 0;`;
}

export interface NginxServerSetting {
  readonly directory: string;
  readonly port: number;
  readonly workers: number;
  readonly hostCount: number;
  readonly backendPorts: Readonly<Record<string, number>>;
  readonly shutdownSeconds: number | null;
}

/**
 * A master with workers, for the server blocks in the files `hosts-*.conf` beside it; its log tells
 * of reloads. A name that no block has gets an empty 200.
 */
export function nginxServerFile(setting: NginxServerSetting): string {
  const { directory, port, workers, hostCount, backendPorts, shutdownSeconds } = setting;
  const upstreams = Object.entries(backendPorts).map(([name, backendPort]) =>
    nginxUpstream(backendPort, IDLE_CONNECTIONS, name),
  );
  return `daemon off;
user root;
worker_processes ${workers};
${shutdownSeconds === null ? '' : `worker_shutdown_timeout ${shutdownSeconds}s;`}
pid ${directory}/nginx.pid;
error_log ${directory}/error.log notice;
events { worker_connections 8192; }
http {
  ${commonSettings(directory)}
  server_names_hash_bucket_size 128;
  server_names_hash_max_size ${Math.max(512, hostCount * 2)};
  map $http_upgrade $connection_field { default upgrade; '' ''; }
  proxy_http_version 1.1;
  proxy_read_timeout 3600s;
  ${forwardedFields('proxy_set_header Connection $connection_field;')}
  proxy_set_header Upgrade $http_upgrade;
  ${upstreams.join('\n  ')}
  server {
    listen 127.0.0.1:${port} default_server;
    location / { return 200; }
  }
  include ${directory}/hosts-*.conf;
}
`;
}

export interface NginxHost {
  readonly host: string;
  /** The name of an upstream. */
  readonly service: string;
}

/** A server block for each. */
export function nginxHosts(port: number, hosts: readonly NginxHost[]): string {
  const blocks = hosts.map(
    ({ host, service }) => `server {
  listen 127.0.0.1:${port};
  server_name ${host};
  location / { proxy_pass http://${service}; }
}
`,
  );
  return blocks.join('');
}

/** For the path of the bench where requests may become tunnels. */
export const UPGRADE_PATH = '/tunnel';

/** Instead of 4 and 8 KiB, what makes large bodies cheapest for it. */
export const NGINX_LARGE_BUFFERS = `proxy_buffer_size 16k;
    proxy_buffers 8 32k;
    proxy_busy_buffers_size 64k;
    client_body_buffer_size 64k;`;

/** Bodies pass through both ways as they come, and never through a file. */
export function nginxProxyServer(buffers: string): string {
  return `${buffers}
    proxy_http_version 1.1;
    proxy_request_buffering off;
    proxy_max_temp_file_size 0;
    proxy_read_timeout 3600s;
    location / {
      ${proxied('proxy_set_header Connection "";')}
    }
    location ${UPGRADE_PATH} {
      ${proxied('proxy_set_header Connection upgrade; proxy_set_header Upgrade $http_upgrade;')}
    }`;
}

// A location with a field of its own inherits none, so each of them says all.
function proxied(connection: string): string {
  return `proxy_pass http://backend;
      ${forwardedFields(connection)}`;
}

function forwardedFields(connection: string): string {
  return `${connection}
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Host $http_host;
      proxy_set_header X-Forwarded-Port $server_port;
      proxy_set_header X-Real-IP $remote_addr;
      proxy_set_header X-Request-ID $request_id;`;
}

/** Certificate and key are files. */
export interface NginxTls {
  readonly port: number;
  readonly certificate: string;
  readonly key: string;
}

/**
 * Beside what a server listens on in clear: HTTP/1.1 and HTTP/2 over TLS 1.3, by the suite and the
 * group that Headgate chooses. Sessions live in tickets only, as Headgate's do.
 */
export function nginxTlsListener({ port, certificate, key }: NginxTls): string {
  return `listen 127.0.0.1:${port} ssl http2;
    ssl_certificate ${certificate};
    ssl_certificate_key ${key};
    ssl_protocols TLSv1.3;
    ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256;
    ssl_ecdh_curve X25519;
    ssl_session_cache off;
    ssl_session_tickets on;
    ssl_session_timeout 2h;`;
}

/** So many connections stay at most that have nothing to do. */
const IDLE_CONNECTIONS = 256;

export function nginxUpstream(
  backendPort: number,
  idleConnections = IDLE_CONNECTIONS,
  name = 'backend',
): string {
  return `upstream ${name} {
    server 127.0.0.1:${backendPort};
    keepalive ${idleConnections};
    keepalive_requests 1000000000;
    keepalive_timeout 3600s;
  }`;
}
