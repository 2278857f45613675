import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { appendFile, mkdir, mkdtemp, readFile, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { limits } from '#base/limits.ts';
import { WorkerCounters } from '#protocol/worker-counters.ts';
import { AccessLog } from '#proxy/access-log.ts';

const WAIT = { timeout: 5_000, interval: 5 };

/** A log in a directory of its own, and a clock that only the test moves. */
async function stage(name = 'access.log') {
  const directory = await mkdtemp(join(tmpdir(), 'headgate-log-'));
  const file = join(directory, name);
  const counters = WorkerCounters.create();
  const log = new AccessLog(file, counters);
  let nowMs = 0;
  return {
    directory,
    file,
    counters,
    log,
    tick(durationMs: number = limits.timerTickMs) {
      nowMs += durationMs;
      log.advance(nowMs);
      return nowMs;
    },
    /** Ticks until the condition holds. */
    until(condition: () => Promise<void> | void) {
      return vi.waitFor(async () => {
        this.tick();
        await condition();
      }, WAIT);
    },
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true }),
  };
}

describe('a file', () => {
  it('gets the lines in order, behind what is in it', async () => {
    await using scene = await stage();
    await appendFile(scene.file, 'before\n');
    const lines = Array.from({ length: 10_000 }, (_, index) => `line ${index}\n`);
    for (const line of lines) scene.log.add(line);
    await scene.until(async () => {
      expect((await readFile(scene.file, 'latin1')).length).toBe(
        `before\n${lines.join('')}`.length,
      );
    });
    expect(await readFile(scene.file, 'latin1')).toBe(`before\n${lines.join('')}`);
    scene.log.add('one more\n');
    await scene.until(async () => {
      expect(await readFile(scene.file, 'latin1')).toMatch(/one more\n$/);
    });
  });

  it('is readable by its group and by nobody else', async () => {
    await using scene = await stage();
    await scene.until(async () => {
      expect((await stat(scene.file)).mode & 0o777 & ~0o640).toBe(0);
    });
  });

  it('that was renamed or deleted is opened anew, looked at once a second', async () => {
    await using scene = await stage();
    const holds = (file: string, text: string) => async () =>
      expect(await readFile(file, 'latin1')).toBe(text);
    scene.log.add('one\n');
    await scene.until(holds(scene.file, 'one\n'));
    await rename(scene.file, `${scene.file}.1`);
    scene.tick(limits.accessLogCheckMs);
    scene.log.add('two\n');
    await scene.until(holds(scene.file, 'two\n'));
    expect(await readFile(`${scene.file}.1`, 'latin1')).toBe('one\n');
    await rm(scene.file);
    scene.tick(limits.accessLogCheckMs);
    scene.log.add('three\n');
    await scene.until(holds(scene.file, 'three\n'));
    expect(scene.counters.read('accessLogFailures')).toBe(0);
  });

  it('that cannot be opened is a failure told once a minute, and gets its lines later', async () => {
    await using scene = await stage('none/access.log');
    scene.log.add('one\n');
    let failure: string | null = null;
    await scene.until(() => {
      failure = scene.log.takeFailure(scene.tick());
      expect(failure).toBe('ENOENT');
    });
    await scene.until(() => expect(scene.counters.read('accessLogFailures')).toBeGreaterThan(1));
    expect(scene.log.takeFailure(scene.tick())).toBeNull();
    await mkdir(join(scene.directory, 'none'));
    await scene.until(async () => expect(await readFile(scene.file, 'latin1')).toBe('one\n'));
    expect(scene.counters.read('accessLogLinesDropped')).toBe(0);
  });

  it('that is full is a failure, and lines wait up to a bound', async () => {
    await using scene = await stage();
    const log = new AccessLog('/dev/full', scene.counters);
    const line = `${'x'.repeat(1_023)}\n`;
    const count = limits.accessLogBufferBytesMax / line.length;
    for (let index = 0; index < count; index += 1) log.add(line);
    expect(scene.counters.read('accessLogLinesDropped')).toBe(0);
    log.add(line);
    expect(scene.counters.read('accessLogLinesDropped')).toBe(1);
    await scene.until(() => {
      const nowMs = scene.tick();
      log.advance(nowMs);
      expect(log.takeFailure(nowMs)).toBe('ENOSPC');
    });
  });
});

describe('a pipe', () => {
  it('that nobody reads makes lines wait, not threads, and whole lines come when one does', async () => {
    await using scene = await stage('pipe');
    execFileSync('/usr/bin/mkfifo', [scene.file]);
    const reader = openSync(scene.file, constants.O_RDONLY | constants.O_NONBLOCK);
    const line = `${'x'.repeat(299)}\n`;
    for (let index = 0; index < 2_000; index += 1) scene.log.add(line);
    let received = 0;
    const buffer = Buffer.alloc(limits.accessLogPipePieceBytesMax * 32);
    await scene.until(() => {
      try {
        const size = readSync(reader, buffer);
        expect(size % line.length).toBe(0);
        received += size;
      } catch (error) {
        expect((error as NodeJS.ErrnoException).code).toBe('EAGAIN');
      }
      expect(received).toBe(2_000 * line.length);
    });
    expect(scene.counters.read('accessLogFailures')).toBe(0);
    closeSync(reader);
    scene.log.add(line);
    await scene.until(() => expect(scene.log.takeFailure(scene.tick())).toBe('EPIPE'));
  });
});

describe('the end', () => {
  it('comes when all is written', async () => {
    await using scene = await stage();
    scene.log.add('last\n');
    let isClosed = false;
    void scene.log.close().then(() => {
      isClosed = true;
    });
    await scene.until(() => expect(isClosed).toBe(true));
    expect(await readFile(scene.file, 'latin1')).toBe('last\n');
  });

  it('does not wait for ever: what cannot be written is counted', async () => {
    await using scene = await stage('none/access.log');
    scene.log.add('one\n');
    scene.log.add('two\n');
    const closed = scene.log.close();
    for (let tick = 0; tick < limits.accessLogCloseTicks; tick += 1) scene.tick();
    await closed;
    expect(scene.counters.read('accessLogLinesDropped')).toBe(2);
  });
});
