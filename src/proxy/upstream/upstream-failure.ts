// Why an exchange lost its upstream: the phase's failure exits, as counters and answers name them.

export type UpstreamFailure = 'connect' | 'connectTimeout' | 'closed' | 'timeout' | 'protocol';

/** What the client is told. */
export const FAILURE_MESSAGES: Readonly<Record<UpstreamFailure, string>> = {
  connect: 'no endpoint accepts connections',
  connectTimeout: 'connecting to the upstream took too long',
  closed: 'the upstream closed the connection',
  timeout: 'the upstream took too long',
  protocol: 'the upstream sent an invalid response',
};
