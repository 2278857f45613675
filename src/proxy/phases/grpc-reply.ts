// Answers that Headgate gives itself to requests of gRPC, whose clients read a status of their
// own: a response of nothing but a head, which the protocol calls Trailers-Only (gRPC over
// HTTP/2, "Responses"). gRPC-Web is told by HTTP, since its clients run in browsers that show it.

/** The last line's CRLF may be missing. `+proto` and the like name how messages are written. */
const GRPC = /^content-type:[ \t]*application\/grpc(?:[+; \t\r]|$)/im;

/** Whether the head of a request, in HTTP/1.1, is that of a call. */
export function isGrpc(head: string): boolean {
  return GRPC.test(head);
}

const UNKNOWN = 2;

/** Codes of gRPC for the statuses that we answer with. A 404 is a method that nobody implements. */
const CODES: ReadonlyMap<number, number> = new Map([
  // Without a client certificate that is good.
  [400, 16],
  [404, 12],
  [408, 4],
  // Over another connection it may be answered.
  [421, 14],
  [429, 14],
  [502, 14],
  [503, 14],
  [504, 4],
]);

/** `status` is the one that HTTP would have said it with; `connection` is field lines or empty. */
export function grpcReply(reply: {
  readonly status: number;
  readonly message: string;
  readonly connection: string;
  readonly date: string;
}): string {
  return (
    `HTTP/1.1 200 OK\r\nDate: ${reply.date}\r\nServer: headgate\r\n` +
    `Content-Type: application/grpc\r\nGrpc-Status: ${CODES.get(reply.status) ?? UNKNOWN}\r\n` +
    `Grpc-Message: ${percentEncode(reply.message)}\r\nContent-Length: 0\r\n` +
    `${reply.connection}\r\n`
  );
}

/** Printable ASCII but for `%` stands for itself ("Status-Message"). */
function percentEncode(message: string): string {
  return message.replaceAll(/[^ -$&-~]/gu, (character) => encodeURIComponent(character));
}
