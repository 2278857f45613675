// The command line: argv -> one Invocation. It knows the names of commands and options, and what
// goes wrong in writing them. It runs nothing and prints nothing.

import { Command, CommanderError, Option } from 'commander';
import { limits } from '#base/limits.ts';
import manifest from '../../package.json' with { type: 'json' };
import {
  type Config,
  type Environment,
  environmentName,
  type GivenOptions,
  readConfig,
  UsageError,
} from '../config.ts';
import { settings } from '../settings.ts';
import type { AdminPlace } from './ask-admin.ts';
import type { RollbackTarget } from './generations.ts';
import { parseRequestTarget, type RequestTarget } from './request-target.ts';

/** What to do. A `usageError` is one line for stderr, and the exit code is 2. */
export type Invocation =
  | { readonly command: 'run'; readonly config: Config }
  | { readonly command: 'routes'; readonly options: PlanOptions }
  | { readonly command: 'explain'; readonly options: PlanOptions; readonly target: RequestTarget }
  | { readonly command: 'check'; readonly options: PlanOptions }
  | { readonly command: 'ready'; readonly place: AdminPlace; readonly waitSeconds: number }
  | { readonly command: 'generations'; readonly place: AdminPlace }
  | { readonly command: 'rollback'; readonly place: AdminPlace; readonly target: RollbackTarget }
  | { readonly command: 'workers'; readonly place: AdminPlace; readonly count: number }
  | { readonly command: 'print'; readonly text: string }
  | { readonly command: 'usageError'; readonly message: string };

/** What the commands that only read manifests need to know. */
export type PlanOptions = Pick<Config, (typeof PLAN_KEYS)[number]>;

const RUN_KEYS = Object.keys(settings) as (keyof Config)[];
const CHECK_KEYS = [
  'controllerName',
  'ingressClass',
  'defaultBackend',
  'defaultTlsSecret',
  'nodeName',
  'zone',
  'disableExternalNames',
] as const;
const PLAN_KEYS = ['manifests', ...CHECK_KEYS] as const;
const ADMIN_KEYS = ['adminSocket', 'adminPort', 'adminBind'] as const;

const COMMANDS = [
  'run',
  'routes',
  'explain',
  'check',
  'ready',
  'generations',
  'rollback',
  'workers',
] as const;

/** `argv` without the interpreter and the script. Tests give the environment. */
export function parseCommandLine(argv: readonly string[], environment?: Environment): Invocation {
  let invocation: Invocation | null = null;
  const output: string[] = [];
  const program = createProgram(environment, output, (parsed) => {
    invocation = parsed;
  });
  try {
    program.parse(argv, { from: 'user' });
  } catch (error) {
    return refuse(error, output);
  }
  return invocation ?? { command: 'print', text: output.join('') };
}

function createProgram(
  environment: Environment | undefined,
  output: string[],
  invoke: (invocation: Invocation) => void,
): Command {
  const program = new Command('headgate')
    .description('Kubernetes Ingress controller and HTTP proxy that never reloads')
    .version(manifest.version)
    .exitOverride()
    .configureOutput({ writeOut: (text) => output.push(text), writeErr: () => {} })
    .addHelpText('after', PROGRAM_NOTES);

  addCommand(program, 'run', RUN_KEYS, 'serve HTTP by the Ingresses found')
    .addHelpText('after', RUN_NOTES)
    .action((given: GivenOptions) => {
      const config = readConfig(RUN_KEYS, given, environment);
      invoke({ command: 'run', config: needTrustedProxies(needOneSource(config)) });
    });
  addCommand(program, 'routes', PLAN_KEYS, 'print the routing table').action(
    (given: GivenOptions) => {
      const options = readConfig(PLAN_KEYS, given, environment);
      invoke({ command: 'routes', options: needManifests('routes', options) });
    },
  );
  addCommand(program, 'explain', PLAN_KEYS, 'tell which rule answers a URL, and why')
    .argument('<url>', 'such as http://shop.example/cart; the scheme may be left out')
    .addHelpText('after', EXPLAIN_NOTES)
    .action((url: string, given: GivenOptions) => {
      const options = readConfig(PLAN_KEYS, given, environment);
      const target = parseRequestTarget(url);
      invoke({ command: 'explain', options: needManifests('explain', options), target });
    });
  addCommand(program, 'check', CHECK_KEYS, 'print all problems of the manifests')
    .argument('<dir...>', 'directories of YAML and JSON manifests')
    .addHelpText('after', CHECK_NOTES)
    .action((directories: string[], given: GivenOptions) => {
      const options = readConfig(CHECK_KEYS, given, environment);
      invoke({ command: 'check', options: { ...options, manifests: directories } });
    });
  addReady(program, environment, invoke);
  addGenerations(program, environment, invoke);
  addWorkers(program, environment, invoke);
  return program;
}

function addReady(
  program: Command,
  environment: Environment | undefined,
  invoke: (invocation: Invocation) => void,
): void {
  addCommand(program, 'ready', ADMIN_KEYS, 'ask a running Headgate whether it is ready')
    .argument('[seconds]', 'how long to wait until it is', parseWaitSeconds, 0)
    .addHelpText('after', READY_NOTES)
    .action((waitSeconds: number, given: GivenOptions) => {
      invoke({ command: 'ready', place: readConfig(ADMIN_KEYS, given, environment), waitSeconds });
    });
}

function addGenerations(
  program: Command,
  environment: Environment | undefined,
  invoke: (invocation: Invocation) => void,
): void {
  addCommand(program, 'generations', ADMIN_KEYS, 'list the routes that can be gone back to')
    .addHelpText('after', ADMIN_NOTES)
    .action((given: GivenOptions) => {
      invoke({ command: 'generations', place: readConfig(ADMIN_KEYS, given, environment) });
    });
  addCommand(program, 'rollback', ADMIN_KEYS, 'serve the routes of an earlier generation')
    .argument('[generation]', 'its number (default: the one before)', parseGeneration)
    .option('--resume', 'end the rollback: the routes follow the objects again')
    .addHelpText('after', ROLLBACK_NOTES)
    .action((generation: number | undefined, given: GivenOptions & { resume?: true }) => {
      const place = readConfig(ADMIN_KEYS, given, environment);
      if (given.resume && generation !== undefined) {
        throw new UsageError('rollback: give a generation or --resume, not both');
      }
      const target = given.resume ? 'resume' : (generation ?? 'before');
      invoke({ command: 'rollback', place, target });
    });
}

function addWorkers(
  program: Command,
  environment: Environment | undefined,
  invoke: (invocation: Invocation) => void,
): void {
  addCommand(program, 'workers', ADMIN_KEYS, 'change how many proxy threads there are')
    .argument('<count>', 'how many there shall be', parseWorkerCount)
    .addHelpText('after', WORKERS_NOTES)
    .action((count: number, given: GivenOptions) => {
      invoke({ command: 'workers', place: readConfig(ADMIN_KEYS, given, environment), count });
    });
}

function parseWorkerCount(text: string): number {
  const count = settings.workers.parse([text]);
  if (count !== undefined) return count;
  const { expected } = settings.workers;
  throw new UsageError(`workers: expected ${expected}, got ${JSON.stringify(text)}`);
}

function parseGeneration(text: string): number {
  if (/^[1-9][0-9]{0,8}$/.test(text)) return Number(text);
  throw new UsageError(
    `rollback: expected the number of a generation, got ${JSON.stringify(text)}`,
  );
}

function parseWaitSeconds(text: string): number {
  const max = limits.readyWaitSecondsMax;
  if (/^[0-9]{1,4}$/.test(text) && Number(text) <= max) return Number(text);
  throw new UsageError(
    `ready: expected a number of seconds from 0 to ${max}, got ${JSON.stringify(text)}`,
  );
}

function addCommand(
  program: Command,
  name: string,
  keys: readonly (keyof Config)[],
  description: string,
): Command {
  const command = program.command(name).description(description);
  for (const key of keys) {
    const { flag, placeholder, help, defaultText } = settings[key];
    const note = `(default: ${defaultText}; env: ${environmentName(flag)})`;
    const option = new Option(`${flag} ${placeholder}`.trim(), `${help} ${note}`);
    if (placeholder === '') option.preset('true');
    command.addOption(
      option.argParser((text: string, before: readonly string[] | undefined) => [
        ...(before ?? []),
        text,
      ]),
    );
  }
  return command;
}

function needManifests<T extends PlanOptions>(command: string, options: T): T {
  if (options.manifests.length > 0) return options;
  const { flag } = settings.manifests;
  throw new UsageError(`${command} needs ${flag} DIR or ${environmentName(flag)}`);
}

/** Files or a cluster; without either it is the cluster of the pod. */
function needOneSource(config: Config): Config {
  const { manifests, kubeconfig, watchNamespace } = settings;
  if (config.watchNamespace.length > limits.watchNamespacesMax) {
    throw new UsageError(`${watchNamespace.flag}: expected ${limits.watchNamespacesMax} at most`);
  }
  if (config.manifests.length === 0) return config;
  if (config.kubeconfig !== null) {
    throw new UsageError(
      `${manifests.flag} serves from files, ${kubeconfig.flag} from a cluster: give one of them`,
    );
  }
  if (config.watchNamespace.length > 0) {
    throw new UsageError(`${watchNamespace.flag} is for a cluster, not for ${manifests.flag}`);
  }
  return config;
}

/** Whoever could announce any client would be believed. */
function needTrustedProxies(config: Config): Config {
  if (!config.proxyProtocol || config.trustedProxies.length > 0) return config;
  const { flag } = settings.trustedProxies;
  const { flag: needing } = settings.proxyProtocol;
  throw new UsageError(`${needing} needs ${flag} CIDR or ${environmentName(flag)}`);
}

function refuse(error: unknown, output: readonly string[]): Invocation {
  if (error instanceof UsageError) return { command: 'usageError', message: error.message };
  if (!(error instanceof CommanderError)) throw error;
  if (error.exitCode === 0) return { command: 'print', text: output.join('') };
  return { command: 'usageError', message: describe(error) };
}

function describe(error: CommanderError): string {
  if (error.code === 'commander.help') {
    return `a command is missing: ${COMMANDS.slice(0, -1).join(', ')} or ${COMMANDS.at(-1)}`;
  }
  return error.message.replace(/^error: /, '').replaceAll('\n', ' ');
}

const PROGRAM_NOTES = `
"headgate <command> --help" shows the options of a command. Each option can also be given in the
environment: --http-port as HEADGATE_HTTP_PORT, and so on. The command line wins; an empty variable
counts as absent; repeatable options take a list with commas.

Exit codes: 0 success, 1 failure, 2 wrong usage.`;

const RUN_NOTES = `
SIGTERM and SIGINT end it: /readyz answers 503; after --drain-delay, or at a second signal, no
connection is accepted, and requests in flight finish. One signal more ends it at once.
Exit codes: 0 after a drain, 1 if it cannot start (a port in use) or fails, 2 wrong usage.`;

const EXPLAIN_NOTES = `
Exit codes: 0 a rule answers, 1 none does (404), 2 wrong usage.`;

const CHECK_NOTES = `
Exit codes: 0 no problem, 1 problems, 2 wrong usage.`;

const ADMIN_NOTES = `
It asks the Unix socket if one is named, else the admin port.
Exit codes: 0 success, 1 failure or no answer, 2 wrong usage.`;

const ROLLBACK_NOTES = `
Routes and certificates stay as they were, whatever the objects say, until --resume; pods come and
go as ever. It needs a Headgate that runs with ${settings.adminActions.flag}.
${ADMIN_NOTES}`;

const WORKERS_NOTES = `
Those that come listen when it returns. Those that go finish what they have, within --drain-seconds.
The others notice nothing. It needs a Headgate that runs with ${settings.adminActions.flag}.
${ADMIN_NOTES}`;

const READY_NOTES = `
It asks the Unix socket if one is named, else the admin port.
Exit codes: 0 ready, 1 not ready or no answer, 2 wrong usage.`;
