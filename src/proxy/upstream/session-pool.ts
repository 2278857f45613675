// The HTTP/2 sessions of one worker to one endpoint: fills the first that has room, so that few
// connections carry many requests.

import { limits } from '#base/limits.ts';
import type { UpstreamSession } from './upstream-session.ts';
import type { UpstreamStream } from './upstream-stream.ts';

export class SessionPool {
  readonly #sessions: UpstreamSession[] = [];
  readonly #open: () => UpstreamSession;

  /** `open` makes a session, which is connecting. */
  constructor(open: () => UpstreamSession) {
    this.#open = open;
  }

  /** A stream on a session that there is; null if all are full: then `connect`. */
  take(): UpstreamStream | null {
    for (const session of this.#sessions) if (session.hasRoom) return session.add();
    return null;
  }

  /** A stream on a session of its own, for now. */
  connect(): UpstreamStream {
    const session = this.#open();
    this.#sessions.push(session);
    return session.add();
  }

  /** No further session may be opened. */
  get isFull(): boolean {
    return this.#sessions.length >= limits.upstreamSessionsPerEndpointMax;
  }

  forget(session: UpstreamSession): void {
    const index = this.#sessions.indexOf(session);
    if (index >= 0) this.#sessions.splice(index, 1);
  }

  closeIdle(): void {
    for (const session of [...this.#sessions]) session.closeIfIdle();
  }
}
