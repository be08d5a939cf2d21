import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../../../scripts/support/paths.mjs';

/** `npm start`, running. */
export interface FrontDoor {
  readonly origin: string;
  readonly process: ChildProcess & { pid: number };
  /** The output so far. */
  output(): string;
  /** The exit code, or the signal that ended it. */
  readonly exit: Promise<number | NodeJS.Signals | null>;
  /** Sends a signal and waits for the exit. */
  end(signal?: NodeJS.Signals): Promise<number | NodeJS.Signals | null>;
}

export interface Start {
  readonly data: string;
  readonly port?: number;
  readonly args?: readonly string[];
  /** By npm, as a user does; otherwise the script alone. */
  readonly byNpm?: boolean;
  /** `npm start` prepares a new folder itself, which takes some seconds. Otherwise it gets a copy of a prepared one. */
  readonly unprepared?: boolean;
}

/** Names the folder that system-setup.ts has prepared: the Worker's bundle and an empty database. */
export const PREPARED_FOLDER = 'PREPARED_FOLDER';

/** A folder that is deleted after the tests, together with the processes that still run in it. */
export function scratchFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'front-door-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }) };
}

/** @returns the running front door, after its ready line was read; throws with its output if it ends before */
export async function startFrontDoor(start: Start): Promise<FrontDoor> {
  const port = start.port ?? (await freePort());
  const child = launch({ ...start, port });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
  }
  const exit = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.once('close', (code, signal) => resolve(signal ?? code));
  });
  const ready = (): string | undefined => /^ready: (.*)$/m.exec(text)?.[1];
  const ended = exit.then((code) => {
    throw new Error(`npm start ended (${code}):\n${text}`);
  });
  ended.catch(() => {});
  for (const deadline = Date.now() + 240_000; ready() === undefined; ) {
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 20))]);
    if (Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`npm start is not ready:\n${text}`);
    }
  }
  return {
    origin: ready() as string,
    process: child as FrontDoor['process'],
    output: () => text,
    exit,
    end: async (signal = 'SIGTERM') => {
      child.kill(signal);
      return exit;
    },
  };
}

/** Runs it to its end. */
export async function runFrontDoor(start: Start): Promise<{ code: number | null; output: string }> {
  const child = launch({ ...start, port: start.port ?? (await freePort()) });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
  }
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, output };
}

function hasFiles(folder: string): boolean {
  return existsSync(folder) && readdirSync(folder).length > 0;
}

/** A port of this machine on which a server can be started, also some seconds later. */
export function freePort(): Promise<number> {
  // Below the ports that the system gives to connections: one of those may be taken again before the server starts.
  const port = 12_000 + Math.floor(Math.random() * 20_000);
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(freePort()));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(port)));
  });
}

function launch({ data, port, args = [], byNpm = false, unprepared = false }: Start): ChildProcess {
  const prepared = process.env[PREPARED_FOLDER];
  if (prepared && !unprepared && !hasFiles(data)) cpSync(prepared, data, { recursive: true });
  const flags = ['--port', String(port), '--data', data, ...args];
  const options = { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] as ['ignore', 'pipe', 'pipe'] };
  const npm = process.env.npm_execpath;
  if (byNpm && npm) return spawn(process.execPath, [npm, 'start', '--', ...flags], options);
  if (byNpm) return spawn('npm', ['start', '--', ...flags], { ...options, shell: process.platform === 'win32' });
  return spawn(process.execPath, [join(ROOT, 'scripts/start.mjs'), ...flags], options);
}
