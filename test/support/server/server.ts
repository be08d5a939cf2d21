import { type ChildProcess, execFile, fork } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../../../scripts/support/paths.mjs';

const run = promisify(execFile);

/** A Worker in a runtime of its own on a loopback port, without the rest of the front door. */
export interface Server {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  /** The address for a profiler (`ws://`), if one was requested. */
  readonly inspector: string | undefined;
  /** The folder with all its state. */
  readonly data: string;
  /** The workerd process; its memory is that of the Worker and of the simulated R2 and D1. */
  workerd(): number;
  /** The output of the runtime since the last call. */
  takeLog(): string;
  /** Ends the whole process group at once, like a power failure. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

interface ServerOptions {
  /** From `buildWorker`; a server that is started again with the same bundle need not build again. */
  readonly bundle: string;
  /** Absent: a new folder, which is deleted when this process ends. */
  readonly data?: string;
  readonly vars?: Record<string, string>;
  /** Opens the runtime's inspector. */
  readonly inspector?: boolean;
}

/**
 * Bundles a Worker as it is deployed, and writes beside it what the runtime needs to know: see server-child.mjs.
 * @param entry absent: the archive's own
 * @returns the folder of the bundle
 */
export async function buildWorker(entry?: string): Promise<string> {
  const out = mkdtempSync(join(tmpdir(), 'dicomweb-edge-bundle-'));
  temporary.push(out);
  const command = [join(ROOT, 'node_modules/wrangler/bin/wrangler.js'), 'deploy', '--dry-run', '--outdir', out];
  // An entry of the tests may use what the archive's own entry may not.
  const own = entry === undefined ? [] : [join(ROOT, entry), '--compatibility-flags', 'nodejs_als'];
  await run(process.execPath, [...command, ...own], {
    cwd: ROOT,
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false' },
  });
  writeFileSync(join(out, 'runtime.json'), JSON.stringify(await runtimeOptions()));
  return out;
}

/** What wrangler.toml and migrations/ say, so that a server starts without wrangler, which takes a second to load. */
async function runtimeOptions() {
  const { unstable_getMiniflareWorkerOptions, unstable_splitSqlQuery } = await import('wrangler');
  const { workerOptions } = unstable_getMiniflareWorkerOptions(join(ROOT, 'wrangler.toml'));
  const folder = join(ROOT, 'migrations');
  const files = readdirSync(folder).filter((name) => name.endsWith('.sql'));
  const migrations = files.sort().map((name) => unstable_splitSqlQuery(readFileSync(join(folder, name), 'utf8')));
  return { workerOptions, migrations };
}

/** The archive's Worker within the limits of production: see production-limits.ts. */
export async function buildLimitedWorker(): Promise<string> {
  return await buildWorker('test/support/platform/limited-worker.ts');
}

const servers = new Set<ChildProcess>();
const temporary: string[] = [];
process.on('exit', () => {
  for (const child of servers) killGroup(child);
  for (const folder of temporary) rmSync(folder, { recursive: true, force: true });
});

/** The folder beside a bundle with the state of a server that was started once: to migrate takes half of a start. */
const MIGRATED = 'migrated';

/** Lets servers of this bundle start with a copy of a migrated database. */
export async function prepareData(bundle: string): Promise<void> {
  const server = await startServer({ bundle, data: join(bundle, MIGRATED) });
  await server.stop();
}

/** Starts a Worker with a migrated database. Resolves when the Worker answers. */
export async function startServer({ bundle, data, vars, inspector }: ServerOptions): Promise<Server> {
  // With the bundle, it is deleted when all tests have ended: the process of a test may be ended from outside.
  const folder = data ?? mkdtempSync(join(bundle, 'data-'));
  if (data === undefined) {
    const migrated = join(bundle, MIGRATED);
    if (existsSync(migrated)) cpSync(migrated, folder, { recursive: true });
  }
  const settings = {
    bundle,
    data: folder,
    vars: { ALLOW_ANONYMOUS: 'true', ...vars },
    inspector,
  };
  const child = fork(join(ROOT, 'test/support/server/server-child.mjs'), [JSON.stringify(settings)], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    execArgv: [],
  });
  servers.add(child);
  let wanted = true;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  void gone.then(() => servers.delete(child));
  let log = '';
  let unread = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      log = (log + chunk).slice(-LOG_CHARACTERS);
      unread = (unread + chunk).slice(-LOG_CHARACTERS);
    });
  }
  const { origin, inspector: at } = await new Promise<{ origin: string; inspector?: string }>((resolve, reject) => {
    child.once('message', (message) => resolve(message as { origin: string; inspector?: string }));
    child.once('exit', (code) => reject(new Error(`The runtime did not start (${code}).\n${log}`)));
  });
  child.once('exit', (code, signal) => {
    if (wanted) process.stderr.write(`A runtime ended by itself (${code ?? signal}).\n${log}\n`);
  });
  const kill = async () => {
    wanted = false;
    killGroup(child);
    await gone;
  };
  return {
    origin,
    inspector: at,
    data: folder,
    workerd: () => workerdOf(child.pid!),
    takeLog() {
      const taken = unread;
      unread = '';
      return taken;
    },
    kill,
    async stop() {
      wanted = false;
      child.kill('SIGTERM');
      const late = setTimeout(() => killGroup(child), 5000);
      await gone;
      clearTimeout(late);
      killGroup(child);
    },
  };
}

/** Characters of the newest output that are kept. */
const LOG_CHARACTERS = 20_000;

function killGroup(child: ChildProcess): void {
  try {
    process.kill(-child.pid!, 'SIGKILL');
  } catch {
    // The group has already ended.
  }
}

/** Linux only. */
function workerdOf(parent: number): number {
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name) || !existsSync(`/proc/${name}/stat`)) continue;
    const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
    const [, parentOf] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (Number(parentOf) === parent && /workerd/.test(stat)) return Number(name);
  }
  throw new Error('There is no runtime process.');
}
