import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { parseConfig } from '../../src/config/config.mjs';
import { type Gateway, startGateway } from '../../src/gateway.mjs';

/** A gateway that runs in this process, and what it leaves behind. */
export interface Running extends Gateway {
  readonly data: string;
  /** The log's lines. */
  readonly lines: Record<string, unknown>[];
  /** The files below a folder of its data, sorted. */
  files(folder: string): string[];
  /** The text of a page. */
  page(path: string): Promise<string>;
}

const stops: (() => Promise<void>)[] = [];
const folders: string[] = [];

afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A new folder, deleted after the test. */
export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-'));
  folders.push(folder);
  return folder;
}

/** Runs a gateway in this process until the end of the test. */
export async function runGateway({
  archive = 'http://127.0.0.1:1/dicomweb',
  toml = '',
  head = 'anySender = true',
  folder = scratch(),
}: {
  archive?: string;
  /** Tables, and members of [forward] at the beginning. */
  toml?: string;
  head?: string;
  folder?: string;
} = {}): Promise<Running> {
  const config = parseConfig(
    `data = "data"
${head}
${toml.includes('[archive]') ? '' : `[archive]\nurl = "${archive}"`}
${toml.includes('[page]') ? '' : '[page]\nport = 0'}
${toml.includes('[outbox]') ? '' : '[outbox]\nminFreeBytes = 1000000'}
${toml.includes('[dimse]') ? '' : '[dimse]\nport = 0\nhost = "127.0.0.1"'}
${toml.includes('[forward]') ? '' : '[forward]\nsettleSeconds = 0.01\nbackOffSeconds = 0.05\nlongestBackOffSeconds = 0.1'}
${toml}`,
    folder,
    {},
  );
  const lines: Record<string, unknown>[] = [];
  const gateway = await startGateway(config, (level, event, fields) => lines.push({ level, event, ...fields }));
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= gateway.stop();
    return stopped;
  };
  stops.push(stop);
  const data = join(folder, 'data');
  return {
    ...gateway,
    stop,
    data,
    lines,
    files: (name) =>
      existsSync(join(data, name))
        ? readdirSync(join(data, name), { recursive: true, withFileTypes: true })
            .filter((entry) => entry.isFile())
            .map((entry) => join(entry.parentPath, entry.name))
            .sort()
        : [],
    page: async (path) => (await fetch(`http://127.0.0.1:${gateway.pagePort}${path}`)).text(),
  };
}

/** Waits until something holds. */
export async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (const deadline = Date.now() + 120_000; !(await holds()); ) {
    if (Date.now() > deadline) throw new Error(`in vain waited for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export function jsonOf(path: string): Record<string, unknown> {
  return JSON.parse(readFileSync(path, 'utf8'));
}
