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
  access_log off;
  client_body_temp_path ${directory}/body;
  proxy_temp_path ${directory}/proxy;
  fastcgi_temp_path ${directory}/fastcgi;
  uwsgi_temp_path ${directory}/uwsgi;
  scgi_temp_path ${directory}/scgi;
  keepalive_requests 1000000000;
  keepalive_timeout 3600s;
  ${outside}
  server {
    listen 127.0.0.1:${port};
    ${server}
  }
}
`;
}

export const NGINX_PROXY_LOCATION = `location / {
      proxy_pass http://backend;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Host $http_host;
      proxy_set_header X-Forwarded-Port $server_port;
      proxy_set_header X-Real-IP $remote_addr;
      proxy_set_header X-Request-ID $request_id;
    }`;

export function nginxUpstream(backendPort: number): string {
  return `upstream backend {
    server 127.0.0.1:${backendPort};
    keepalive 256;
    keepalive_requests 1000000000;
    keepalive_timeout 3600s;
  }`;
}
