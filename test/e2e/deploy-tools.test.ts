import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readTar, readZip } from '../../deploy/tools/read-archive.ts';

// Made by GNU tar, and by Python, which stored a.txt and deflated deep/b.txt.
const TAR =
  'H4sIAAAAAAACA+3UPQqAMAyG4cyeoifw3/Y8FQsOgqIVPL4/k7g42cG+T4aEZP5iU795+VZ+0HV99cOzn9fbfO611qWoXAJYF29npSRSvRuGMRFEqnNuytpvn8Bb/quieOTfNMaQ/yD5t/8oXhgAAAAAAAAAAAAAAIjVDkRvDMMAKAAA';
const ZIP =
  'UEsDBBQAAAAAABuRdl0gMDo2BgAAAAYAAAAFAAAAYS50eHRoZWxsbwpQSwMEFAAAAAgAG5F2XSLent4IAAAAyQAAAAoAAABkZWVwL2IudHh0y0jMGBaQCwBQSwECFAMUAAAAAAAbkXZdIDA6NgYAAAAGAAAABQAAAAAAAAAAAAAApIEAAAAAYS50eHRQSwECFAMUAAAACAAbkXZdIt6e3ggAAADJAAAACgAAAAAAAAAAAAAApIEpAAAAZGVlcC9iLnR4dFBLBQYAAAAAAgACAGsAAABZAAAAAAA=';

const FILES = [
  ['a.txt', 'hello\n'],
  ['deep/b.txt', `${'ha'.repeat(100)}\n`],
] as const;

describe('an archive', () => {
  const tar = gunzipSync(Buffer.from(TAR, 'base64'));
  const zip = Buffer.from(ZIP, 'base64');

  it.each(FILES)('gives %s from tar and zip', (path, content) => {
    expect(readTar(tar, path).toString()).toBe(content);
    expect(readZip(zip, path).toString()).toBe(content);
  });

  it('says what it does not have', () => {
    expect(() => readTar(tar, 'c.txt')).toThrow('the tar archive has no c.txt');
    expect(() => readZip(zip, 'c.txt')).toThrow('the zip archive has no c.txt');
    expect(() => readZip(tar, 'a.txt')).toThrow('this is not a zip archive');
  });
});
