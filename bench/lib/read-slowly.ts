// Reads a socket at a steady rate and no faster, so that its peer feels back-pressure.

import type { Socket } from 'node:net';

const TICK_MS = 5;

/** Takes what the socket's `data` listeners are given as read; ends with the socket. */
export function readSlowly(socket: Socket, bytesPerSecond: number): void {
  const startMs = performance.now();
  let received = 0;
  socket.on('data', ({ length }: Buffer) => {
    received += length;
    if (received > allowed()) socket.pause();
  });
  const timer = setInterval(() => {
    if (received <= allowed()) socket.resume();
  }, TICK_MS);
  socket.once('close', () => clearInterval(timer));

  function allowed(): number {
    return ((performance.now() - startMs) / 1_000) * bytesPerSecond;
  }
}
