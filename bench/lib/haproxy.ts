// HAProxy's configuration, as one process with one thread in the foreground.

import { spawnSync } from 'node:child_process';

/** Null where HAProxy is not installed. */
export function haproxyVersion(): string | null {
  const { status, stdout } = spawnSync('haproxy', ['-v'], { encoding: 'utf8' });
  return status === 0 ? (/version (\S+)/.exec(stdout)?.[1] ?? 'of unknown version') : null;
}

export function haproxyFile(port: number, backendPort: number): string {
  return `global
  nbthread 1
  maxconn 8192
defaults
  mode http
  no log
  timeout connect 5s
  timeout client 3600s
  timeout server 3600s
  http-reuse always
frontend downstream
  bind 127.0.0.1:${port}
  option forwardfor
  http-request set-header X-Forwarded-Proto http
  http-request set-header X-Forwarded-Host %[req.hdr(host)]
  http-request set-header X-Forwarded-Port %[dst_port]
  http-request set-header X-Real-IP %[src]
  unique-id-format %{+X}o%ci:%cp_%fi:%fp_%Ts_%rt:%pid
  unique-id-header X-Request-ID
  default_backend upstream
backend upstream
  server one 127.0.0.1:${backendPort}
`;
}
