import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { archivesOf } from '../../../scripts/archives/configuration.mjs';
import { ROOT } from '../../../scripts/support/paths.mjs';

/** The project's configuration. */
export const ORIGINAL = readFileSync(join(ROOT, 'wrangler.toml'), 'utf8');

/** The options by which `npm run archives` adds the archive north. */
export const NORTH = { name: 'north', ownBucket: false, dryRun: false };

/** What `npm run archives` works on. */
interface ArchivesScene {
  /** A copy of the project's configuration. */
  file: string;
  said: string[];
  /** The configurations that were deployed. */
  deployed: string[];
  text(): string;
  /** An archive, as the configuration has it. */
  archive(name: string): ReturnType<typeof archivesOf>[number] | undefined;
  /** An account that answers as wrangler does; it fails once at the call of this number. */
  account(failAt?: number): {
    readonly place: {
      readonly file: string;
      readonly wrangler: (args: string[]) => Promise<string>;
      readonly deploy: () => Promise<void>;
      readonly say: (line: string) => number;
    };
    readonly made: string[];
  };
}

/** Gives each test of the file a configuration of its own. */
export function archivesScene(): ArchivesScene {
  let folder: string;
  const scene: ArchivesScene = {
    file: '',
    said: [],
    deployed: [],
    text: () => readFileSync(scene.file, 'utf8'),
    archive: (name) => archivesOf(scene.text()).find((each) => each.name === name),
    account(failAt = -1) {
      const { wrangler, made } = accountOf(failAt);
      const deploy = async () => void scene.deployed.push(scene.text());
      return { place: { file: scene.file, wrangler, deploy, say: (line) => scene.said.push(line) }, made };
    },
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'archives-'));
    Object.assign(scene, { file: join(folder, 'wrangler.toml'), said: [], deployed: [] });
    writeFileSync(scene.file, ORIGINAL);
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  return scene;
}

function accountOf(failAt: number) {
  const has = new Set<string>();
  const made: string[] = [];
  let calls = 0;
  const wrangler = async (args: string[]): Promise<string> => {
    calls += 1;
    if (calls === failAt) throw new Error('fetch failed');
    const [kind, ...rest] = args;
    const name = rest.find((arg) => arg.startsWith('dicomweb-edge')) ?? '';
    if (args.includes('create')) {
      if (has.has(`${kind} ${name}`)) throw new Error('already exists');
      has.add(`${kind} ${name}`);
      made.push(args.join(' '));
      return '';
    }
    const databases = [...has].filter((each) => each.startsWith('d1 ')).map((each) => each.slice(3));
    if (kind === 'd1') return JSON.stringify(databases.map((each) => ({ name: each, uuid: `id of ${each}` })));
    if (!has.has(`${kind} ${name}`)) throw new Error('The specified bucket does not exist.');
    return '{}';
  };
  return { wrangler, made };
}
