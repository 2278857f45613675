import { expect, it } from 'vitest';
import { tlsFailure, UNUSABLE_SETTINGS } from '#proxy/upstream/tls-failure.ts';

// biome-ignore format: a table
it.each([
  ['DEPTH_ZERO_SELF_SIGNED_CERT',               'untrusted'],
  ['SELF_SIGNED_CERT_IN_CHAIN',                 'untrusted'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE',           'untrusted'],
  ['CERT_REVOKED',                              'untrusted'],
  ['CERT_HAS_EXPIRED',                          'expired'],
  ['CERT_NOT_YET_VALID',                        'expired'],
  ['ERR_TLS_CERT_ALTNAME_INVALID',              'otherName'],
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'clientRefused'],
  ['ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE',     'clientRefused'],
  ['ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_EXPIRED', 'clientRefused'],
  ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA',            'clientRefused'],
  ['ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE',   'noTlsTerms'],
  ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',      'noTlsTerms'],
  ['ERR_SSL_UNSUPPORTED_PROTOCOL',              'noTlsTerms'],
  ['ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL', 'notHttp2'],
  ['ERR_SSL_WRONG_VERSION_NUMBER',              'notTls'],
  ['ERR_SSL_PACKET_LENGTH_TOO_LONG',            'notTls'],
  ['ERR_SSL_INTERNAL_ERROR',                    'handshake'],
  [UNUSABLE_SETTINGS,                           'unusableTls'],
  ['ECONNRESET',                                null],
  [undefined,                                   null],
])('an error with the code %s means %s', (code, failure) => {
  expect(tlsFailure(code, false)).toBe(failure);
});

// biome-ignore format: a table
it.each([
  ['ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE',           'brokenTls'],
  ['ERR_SSL_WRONG_VERSION_NUMBER',                      'brokenTls'],
  ['ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC',       'brokenTls'],
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',         'clientRefused'],
  ['ECONNRESET',                                        null],
])('on a connection that is ready, %s means %s', (code, failure) => {
  expect(tlsFailure(code, true)).toBe(failure);
});
