// A client of TLS that is not Node's: the program `openssl s_client`.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** Connects with these options, says `input`, and resolves with all that it tells at its end. */
export async function openssl(
  port: number,
  options: readonly string[],
  input = '',
): Promise<string> {
  const command = ['s_client', '-connect', `127.0.0.1:${port}`, ...options];
  const client = spawn('openssl', command, { stdio: 'pipe', timeout: 20_000 });
  client.stdin.on('error', () => {});
  client.stdin.end(input);
  const [out, errors] = await Promise.all([
    text(client.stdout),
    text(client.stderr),
    once(client, 'close'),
  ]);
  return out + errors;
}
