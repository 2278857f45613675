// Reads a socket without the queue of its stream: bytes go to their reader as they arrive, and
// are queued only while the socket is paused. Knows nothing of what they mean.
//
// A Readable takes what arrives by `push`, queues it, gives it out as 'data' and asks for more in
// the next tick, which costs about 3 % of a small request. The reader always wants all of it, so
// `push` gives it out at once. Should a stream ever be filled in another way, 'data' still works.

import type { Socket } from 'node:net';

export function readDirectly(socket: Socket, receive: (bytes: Buffer) => void): void {
  const enqueue = socket.push;
  socket.push = (bytes: Buffer | null, encoding) => {
    // The end, and what must come behind something that is queued, take the stream's own way.
    if (bytes === null || socket.isPaused() || socket.readableLength > 0) {
      return enqueue.call(socket, bytes, encoding);
    }
    receive(bytes);
    return true;
  };
  socket.on('data', receive);
}
