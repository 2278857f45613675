// Entry of a backend that sends events: `GET /N` begins a stream, and all open streams together get
// N events a second, in turn; each says when it was written, in milliseconds of the machine's
// monotonic clock. `GET /` gets an empty 200. Argument: port.

import { createServer, type Socket } from 'node:net';

const HEAD_END = '\r\n\r\n';
const REQUEST_LINE = /^GET \/(\d*) /;
const TICK_MS = 1;
const MS_PER_NS = 1e-6;
/** nginx would gather what comes otherwise; to all others the last field means nothing. */
const STREAM_HEAD =
  'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\n' +
  `Transfer-Encoding: chunked\r\nX-Accel-Buffering: no${HEAD_END}`;

const streams: Socket[] = [];
let perSecond = 0;
let next = 0;
let due = 0;
let lastMs = performance.now();

function nowMs(): number {
  return Number(process.hrtime.bigint()) * MS_PER_NS;
}

function begin(socket: Socket, rate: number): void {
  perSecond = rate;
  socket.write(STREAM_HEAD);
  streams.push(socket);
  socket.once('close', () => streams.splice(streams.indexOf(socket), 1));
}

function sendEvent(socket: Socket): void {
  const event = `data: ${nowMs().toFixed(3)} of an event\n\n`;
  socket.write(`${event.length.toString(16)}\r\n${event}\r\n`);
}

const server = createServer({ noDelay: true }, (socket) => {
  let head = '';
  socket.on('data', (bytes) => {
    head += bytes.toString('latin1');
    if (!head.endsWith(HEAD_END)) return;
    const rate = Number(REQUEST_LINE.exec(head)?.[1] ?? 0);
    head = '';
    if (rate > 0) begin(socket, rate);
    else socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 0${HEAD_END}`);
  });
  socket.on('error', () => socket.destroy());
});
server.listen(Number(process.argv[2]), '127.0.0.1');

setInterval(() => {
  const tickMs = performance.now();
  due += ((tickMs - lastMs) / 1_000) * perSecond;
  lastMs = tickMs;
  // Nobody reads: what was due meanwhile is not owed.
  if (streams.length === 0) due = 0;
  for (; due >= 1; due -= 1) {
    next = (next + 1) % streams.length;
    sendEvent(streams[next] as Socket);
  }
}, TICK_MS);
