// How Node's HTTP/2 sessions are set up: the settings that a client is told, and the limits that
// the codec keeps by itself. What it cannot see is counted by WasteMeter.

import type { ServerSessionOptions } from 'node:http2';
import { limits } from '#base/limits.ts';

/** See RFC 9113 6.5.2 for the settings, Node's documentation for the rest. */
export const SESSION_OPTIONS: ServerSessionOptions = {
  settings: {
    maxConcurrentStreams: limits.http2StreamsMax,
    maxHeaderListSize: limits.http2HeadBytesMax,
    initialWindowSize: limits.http2StreamWindowBytes,
    enableConnectProtocol: true,
    enablePush: false,
  },
  maxHeaderListPairs: limits.http2HeadFieldsMax,
  maxSessionInvalidFrames: limits.http2InvalidFramesMax,
  maxSessionRejectedStreams: limits.http2InvalidFramesMax,
  streamResetBurst: limits.http2ResetsMax,
  streamResetRate: limits.http2ResetsPerSecond,
  // Fields that an upstream repeats are passed on repeated, as in HTTP/1.1.
  strictSingleValueFields: false,
};
