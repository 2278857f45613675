// What code must not reach for, where, why, and what to use instead: ONE table. Each row carries a
// line of code that it must refuse, so that no ban can pass by never matching.

import { layerOf, PURE_LAYERS } from './layers.ts';
import type { SourceFile } from './source-file.ts';

export interface Ban {
  /** Names as in `Use`. */
  readonly names: readonly string[];
  /** Layers, or path prefixes ending in a slash. */
  readonly where: readonly string[];
  /** Paths to which the ban does not apply. */
  readonly except: readonly string[];
  readonly instead: string;
  readonly bad: string;
}

const PURE = [...PURE_LAYERS, 'base'];
const CODE = ['src/', 'workers/'];

export const BANS: readonly Ban[] = [
  {
    names: ['Date.now', 'new Date', 'performance.now', 'process.hrtime', 'Date()'],
    where: PURE,
    except: ['src/base/clock.ts', 'src/base/format-time.ts', 'src/base/log.ts'],
    instead: 'take the time as an argument, because equal input must give equal output',
    bad: 'export const t = () => Date.now();',
  },
  {
    names: ['Math.random', 'crypto.randomUUID', 'crypto.getRandomValues', 'randomUUID()'],
    where: PURE,
    except: [],
    instead: 'take the random number as an argument, because a simulation replays a seed',
    bad: 'export const r = () => Math.random();',
  },
  {
    names: ['setTimeout()', 'setInterval()', 'setImmediate()', 'queueMicrotask()'],
    where: PURE,
    except: ['src/base/clock.ts', 'src/base/log.ts'],
    instead: 'return when to come back, and let control/ own the timer',
    bad: 'export const s = () => setTimeout(() => 1, 5);',
  },
  {
    names: ['async', 'await', 'Promise', 'new Promise', 'process.nextTick'],
    where: PURE,
    except: ['src/base/log.ts'],
    instead: 'return a value, and let the caller in control/ own the waiting',
    bad: 'export const a = async () => 1;',
  },
  {
    names: ['async', 'await', 'Promise', 'new Promise'],
    where: ['src/proxy/http1/', 'src/proxy/phases/', 'src/proxy/exchange.ts'],
    except: [],
    instead: 'call the next phase from the event, because a promise per request costs CPU and heap',
    bad: 'export const a = async () => 1;',
  },
  {
    names: ['setTimeout()', 'setInterval()'],
    where: ['proxy'],
    except: [],
    instead:
      'give the timer wheel a Deadline, because a timer per request costs more than its work',
    bad: 'export const s = () => setTimeout(() => 1, 5);',
  },
  {
    names: ['.pipe', 'pipeline()'],
    where: ['proxy'],
    except: [],
    instead: 'pass pieces on through MessageWriter, because a pipeline per request costs too much',
    bad: 'export const p = (from: Socket, to: Socket) => from.pipe(to);',
  },
  {
    names: ['process.env'],
    where: CODE,
    except: ['src/config.ts', 'src/main.ts'],
    instead: 'add an option to src/settings.ts, and src/config.ts reads it',
    bad: 'export const port = process.env.PORT;',
  },
  {
    names: ['process.argv'],
    where: CODE,
    except: ['src/config.ts', 'src/main.ts'],
    instead: 'take the value as an argument, because only src/main.ts reads the command line',
    bad: 'export const first = process.argv[2];',
  },
  {
    names: ['process.exit'],
    where: CODE,
    // A signal again, and a failure of our own: nothing is left to finish in order.
    except: ['src/commands/stop-signals.ts', 'src/commands/run.ts'],
    instead: 'return the exit status, because exiting here cuts off logs and connections',
    bad: 'process.exit(1);',
  },
  {
    names: ['console'],
    where: [...CODE, 'test/', 'bench/', 'deploy/'],
    except: [],
    instead: 'log through base/log.ts, or write to process.stdout in a command',
    bad: "console.log('here');",
  },
  {
    names: ['new RegExp', 'RegExp()'],
    where: CODE,
    except: [],
    instead: 'write a literal, because text from outside can make an expression backtrack for ever',
    bad: "export const e = (text: string) => new RegExp(text, 'u');",
  },
  {
    names: ['eval()', 'new Function', 'Function()'],
    where: [...CODE, 'test/', 'bench/', 'deploy/'],
    except: [],
    instead: 'write the code down, because nothing here runs text',
    bad: "eval('1');",
  },
  {
    names: ['JSON.parse'],
    where: ['proxy', 'snapshot'],
    except: [],
    instead: 'read the bytes of the snapshot, because parsing allocates on the data plane',
    bad: "export const p = JSON.parse('1');",
  },
  {
    names: ['Atomics'],
    where: CODE,
    except: ['src/protocol/', 'src/snapshot/'],
    instead:
      'give the shared word a name in protocol/, because two threads may touch it only there',
    bad: 'export const n = (words: Int32Array) => Atomics.load(words, 0);',
  },
  {
    names: ['new SharedArrayBuffer'],
    where: CODE,
    except: ['src/protocol/', 'src/snapshot/'],
    instead: 'let protocol/ or snapshot/ lay the memory out, because its layout is an agreement',
    bad: 'export const b = new SharedArrayBuffer(8);',
  },
  {
    names: ['new Worker'],
    where: CODE,
    except: ['src/control/'],
    instead: 'let control/ start threads, because it restarts what dies',
    bad: "export const w = new Worker('x.ts');",
  },
  {
    names: ['._handle', '._server', '._readableState', '._writableState', 'process.binding'],
    where: [...CODE, 'test/', 'bench/', 'deploy/'],
    except: [],
    instead: "use Node's public interface, because its internals change in any release",
    bad: 'export const h = (socket: { _handle: object }) => socket._handle;',
  },
];

/** One sentence for each banned name that `file` uses where it is banned. */
export function checkBans(file: SourceFile, bans: readonly Ban[] = BANS): string[] {
  return bans
    .filter((ban) => applies(ban, file.path))
    .flatMap((ban) =>
      file.uses
        .filter(({ name }) => ban.names.includes(name))
        .map(({ name, line }) => {
          const place = layerOf(file.path) ?? file.path;
          return `${file.path}:${line} ${name} is banned in ${place}: ${ban.instead}`;
        }),
    );
}

function applies(ban: Ban, path: string): boolean {
  const isWithin = (place: string) => path.startsWith(place) || layerOf(path) === place;
  return ban.where.some(isWithin) && !ban.except.some(isWithin);
}
