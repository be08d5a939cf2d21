import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addArchive, growArchive, listArchives, retireArchive } from '../../scripts/archives/archives.mjs';
import { archivesOf } from '../../scripts/archives/configuration.mjs';
import { bindingOf, checkedName } from '../../scripts/archives/names.mjs';
import { readOptions } from '../../scripts/archives/options.mjs';
import { writeIds } from '../../scripts/deploy/create.mjs';
import { databasesOf, deploy } from '../../scripts/deploy/steps.mjs';
import { ROOT } from '../../scripts/support/paths.mjs';
import { bindingOf as bindingOfDeployment, furtherDatabases } from '../../src/deployment';

const ORIGINAL = readFileSync(join(ROOT, 'wrangler.toml'), 'utf8');
let folder: string;
let file: string;
let said: string[];
let deployed: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'archives-'));
  file = join(folder, 'wrangler.toml');
  writeFileSync(file, ORIGINAL);
  said = [];
  deployed = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

const text = () => readFileSync(file, 'utf8');
const archive = (name: string) => archivesOf(text()).find((each) => each.name === name);

/** An account that answers as wrangler does; it fails once at the call of this number. */
function account(failAt = -1) {
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
  const place = {
    file,
    wrangler,
    deploy: async () => void deployed.push(text()),
    say: (line: string) => said.push(line),
  };
  return { place, made };
}

const NORTH = { name: 'north', ownBucket: false, dryRun: false };

describe('npm run archives -- add', () => {
  it('creates a database, adds it to the configuration, and deploys; again, it only deploys', async () => {
    const { place, made } = account();
    await addArchive(NORTH, place);
    expect(made).toEqual(['d1 create dicomweb-edge-north --update-config=false']);
    expect(archive('north')).toEqual({
      name: 'north',
      database: 'dicomweb-edge-north',
      databaseID: 'id of dicomweb-edge-north',
      bucket: 'dicomweb-edge',
      prefix: 'archives/north/',
      jurisdiction: 'none',
      settings: {},
    });
    // Nothing else changes, comments included.
    expect(text().startsWith(ORIGINAL)).toBe(true);
    await addArchive(NORTH, place);
    expect(made).toHaveLength(1);
    expect(deployed).toEqual([text(), text()]);
  });

  it('gives an archive of another jurisdiction a bucket of its own', async () => {
    const { place, made } = account();
    await addArchive({ ...NORTH, jurisdiction: 'eu' }, place);
    expect(made).toEqual([
      'd1 create dicomweb-edge-north --update-config=false --jurisdiction eu',
      'r2 bucket create dicomweb-edge-north --update-config=false --jurisdiction eu',
    ]);
    expect(archive('north')).toMatchObject({ bucket: 'dicomweb-edge-north', prefix: '', jurisdiction: 'eu' });
    // The deployment's own ids are written again without harm to the other archive.
    const north = archive('north');
    for (const jurisdiction of ['us', 'none'] as const) {
      writeIds(file, 'own id', jurisdiction);
      expect(archive('default')).toMatchObject({ databaseID: 'own id', jurisdiction });
      expect(archive('north')).toEqual(north);
    }
  });

  it('keeps an archive in the jurisdiction of the deployment, unless another is named', async () => {
    writeIds(file, 'own', 'eu');
    const { place, made } = account();
    await addArchive(NORTH, place);
    expect(made).toEqual(['d1 create dicomweb-edge-north --update-config=false --jurisdiction eu']);
    await addArchive({ ...NORTH, name: 'south', ownBucket: true }, place);
    expect(made.slice(1)).toEqual([
      'd1 create dicomweb-edge-south --update-config=false --jurisdiction eu',
      'r2 bucket create dicomweb-edge-south --update-config=false --jurisdiction eu',
    ]);
    expect(listArchives(file)).toEqual([
      'default  database dicomweb-edge, bucket dicomweb-edge, jurisdiction eu',
      'north  database dicomweb-edge-north, bucket dicomweb-edge/archives/north/, jurisdiction eu',
      'south  database dicomweb-edge-south, bucket dicomweb-edge-south, jurisdiction eu',
    ]);
  });

  it('goes on where a failure stopped it, whichever call failed', async () => {
    for (let failAt = 1; failAt <= 6; failAt += 1) {
      writeFileSync(file, ORIGINAL);
      const { place, made } = account(failAt);
      const wanted = { ...NORTH, jurisdiction: 'eu' as const };
      await expect(addArchive(wanted, place), `call ${failAt}`).rejects.toThrow('fetch failed');
      expect(text()).toBe(ORIGINAL);
      await addArchive(wanted, place);
      expect(made).toHaveLength(2);
      expect(archive('north')).toBeDefined();
    }
  });

  it('does not move an archive', async () => {
    const { place } = account();
    await addArchive(NORTH, place);
    for (const other of [{ jurisdiction: 'eu' as const }, { ownBucket: true }]) {
      await expect(addArchive({ ...NORTH, ...other }, place)).rejects.toThrow('is there already');
    }
  });

  it('changes nothing that it cannot continue', async () => {
    const inline = ORIGINAL.replace('[vars]\n', '[vars]\nARCHIVES = { south = {} }\n');
    writeFileSync(file, inline);
    await expect(addArchive(NORTH, account().place)).rejects.toThrow('cannot be continued');
    expect(text()).toBe(inline);
    expect(deployed).toEqual([]);
  });

  it('shows its plan', async () => {
    const { place, made } = account();
    await addArchive({ ...NORTH, jurisdiction: 'eu', dryRun: true }, place);
    expect(said.join('\n')).toContain('wrangler r2 bucket create dicomweb-edge-north');
    expect(said.join('\n')).toContain('[vars.ARCHIVES.north]');
    expect([made, deployed, text()]).toEqual([[], [], ORIGINAL]);
  });
});

describe('npm run archives -- grow', () => {
  it('creates the next database, adds it to the configuration, and deploys', async () => {
    const { place, made } = account();
    await growArchive({ name: 'default', dryRun: false }, place);
    expect(made).toEqual(['d1 create dicomweb-edge_2 --update-config=false']);
    expect(archive('default')).toMatchObject({ database: 'dicomweb-edge', further: ['dicomweb-edge_2'] });
    // Nothing else changes, comments included.
    expect(text().startsWith(ORIGINAL)).toBe(true);
    expect(text()).toContain(
      'binding = "DB2"\ndatabase_name = "dicomweb-edge_2"\ndatabase_id = "id of dicomweb-edge_2"',
    );
    expect(deployed).toEqual([text()]);
    await growArchive({ name: 'default', dryRun: false }, place);
    expect(made.at(-1)).toBe('d1 create dicomweb-edge_3 --update-config=false');
    expect(listArchives(file)).toEqual([
      'default  database dicomweb-edge, database 2 dicomweb-edge_2, database 3 dicomweb-edge_3, bucket dicomweb-edge, jurisdiction none',
    ]);
  });

  it('extends another archive, whose databases leave the deployment with it', async () => {
    const { place, made } = account();
    await addArchive({ ...NORTH, jurisdiction: 'eu' }, place);
    await growArchive({ name: 'north', dryRun: false }, place);
    expect(made.at(-1)).toBe('d1 create dicomweb-edge-north_2 --update-config=false --jurisdiction eu');
    expect(archive('north')?.further).toEqual(['dicomweb-edge-north_2']);
    expect(archive('default')?.further).toBeUndefined();
    const { experimental_readRawConfig } = await import('wrangler');
    const bindings = databasesOf(experimental_readRawConfig({ config: file }).rawConfig);
    expect(bindings).toEqual(['DB', 'DB_NORTH', 'DB2_NORTH']);
    const values = Object.fromEntries(bindings.map((binding) => [binding, binding]));
    expect(furtherDatabases(values, 'north')).toEqual(['DB2_NORTH']);
    expect(furtherDatabases(values, 'default')).toEqual([]);
    await retireArchive({ name: 'north', dryRun: false }, place);
    expect(text()).toBe(ORIGINAL);
    expect(said.join('\n')).toContain('dicomweb-edge-north_2');
  });

  it('goes on where a failure stopped it', async () => {
    for (let failAt = 1; failAt <= 3; failAt += 1) {
      writeFileSync(file, ORIGINAL);
      const { place, made } = account(failAt);
      await expect(growArchive({ name: 'default', dryRun: false }, place), `call ${failAt}`).rejects.toThrow(
        'fetch failed',
      );
      expect(text()).toBe(ORIGINAL);
      await growArchive({ name: 'default', dryRun: false }, place);
      expect(made).toHaveLength(1);
    }
  });

  it('shows its plan, and refuses an archive that is not there', async () => {
    const { place, made } = account();
    await growArchive({ name: 'default', dryRun: true }, place);
    expect(said.join('\n')).toContain('wrangler d1 create dicomweb-edge_2');
    expect(said.join('\n')).toContain('binding = "DB2"');
    await expect(growArchive({ name: 'south', dryRun: false }, place)).rejects.toThrow('no archive south');
    expect([made, deployed, text()]).toEqual([[], [], ORIGINAL]);
    expect(readOptions(['grow'])).toMatchObject({ action: 'grow', name: 'default' });
    expect(readOptions(['grow', 'north', '--dry-run'])).toMatchObject({ name: 'north', dryRun: true });
  });
});

describe('the databases of an archive', () => {
  it('are found by the names of their bindings, and a gap is a mistake', () => {
    const bindings = { DB: 1, DB2: 2, DB3: 3, DB_NORTH: 4, DB2_NORTH: 5, DB2_FAR_NORTH: 6, DBX: 7, BUCKET: 8, DB1: 9 };
    expect(furtherDatabases(bindings, 'default')).toEqual([2, 3]);
    expect(furtherDatabases(bindings, 'north')).toEqual([5]);
    expect(furtherDatabases(bindings, 'far-north')).toEqual([6]);
    expect(() => furtherDatabases({ DB: 1, DB3: 3 }, 'default')).toThrow('binding DB2 is missing');
    const many = Object.fromEntries(Array.from({ length: 11 }, (_, at) => [`DB${at + 2}`, at + 2]));
    expect(furtherDatabases(many, 'default')).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  });
});

describe('npm run archives -- retire', () => {
  it('takes the archive out, and nothing else', async () => {
    const { place, made } = account();
    await addArchive({ ...NORTH, name: 'north-2' }, place);
    await addArchive({ ...NORTH, ownBucket: true }, place);
    const before = text();
    await addArchive({ ...NORTH, name: 'south' }, place);
    writeFileSync(
      file,
      text().replace('[vars.ARCHIVES.south]\n', '[vars.ARCHIVES.south]\nDUPLICATES = "keep" # once\n'),
    );
    said.length = 0;
    await retireArchive({ name: 'south', dryRun: false }, place);
    expect(text()).toBe(before);
    expect(deployed.at(-1)).toBe(before);
    expect(said.join('\n')).toContain('dicomweb-edge-south (id of dicomweb-edge-south)');
    expect(said.join('\n')).toContain('under archives/south/');
    expect(said.join('\n')).toContain('{"DUPLICATES":"keep"}');
    await retireArchive({ name: 'north', dryRun: false }, place);
    await retireArchive({ name: 'north-2', dryRun: false }, place);
    expect(text()).toBe(ORIGINAL);
    // What it says brings the archive back to its data.
    const [, back = ''] = /npm run archives -- (add north .*)/.exec(said.join('\n')) ?? [];
    const options = readOptions(back.split(' '));
    const creations = made.length;
    if (options !== 'help') await addArchive(options, place);
    expect(made).toHaveLength(creations);
    expect(archive('north')).toMatchObject({ databaseID: 'id of dicomweb-edge-north', bucket: 'dicomweb-edge-north' });
  });

  it('shows its plan, and refuses an archive that is not there or is the deployment’s own', async () => {
    const { place } = account();
    await addArchive(NORTH, place);
    const before = text();
    await retireArchive({ name: 'north', dryRun: true }, place);
    expect([text(), deployed.length]).toEqual([before, 1]);
    await expect(retireArchive({ name: 'south', dryRun: false }, place)).rejects.toThrow('no archive south');
    expect(() => readOptions(['retire', 'default'])).toThrow('cannot be the name');
  });
});

describe('a deployment of several archives', () => {
  it('migrates every database before it deploys the Worker', async () => {
    const { place } = account();
    await addArchive(NORTH, place);
    const calls: string[] = [];
    const { experimental_readRawConfig } = await import('wrangler');
    const databases = databasesOf(experimental_readRawConfig({ config: file }).rawConfig);
    const wrangler = async (args: string[]) => void calls.push(args.join(' '));
    await deploy({ databases, wrangler, build: async () => void calls.push('build') });
    expect(calls).toEqual([
      'build',
      'd1 migrations apply DB --remote',
      'd1 migrations apply DB_NORTH --remote',
      'deploy',
      'pages deploy --branch main',
    ]);
  });

  it('does not deploy the Worker on a database that could not be migrated', async () => {
    const calls: string[] = [];
    const wrangler = async (args: string[]) => {
      calls.push(args.join(' '));
      if (args.includes('DB_NORTH')) throw new Error('no such database');
    };
    const deployment = { databases: ['DB', 'DB_NORTH'], wrangler, build: async () => undefined };
    await expect(deploy(deployment)).rejects.toThrow('no such database');
    expect(calls).toHaveLength(2);
  });
});

describe('the names of archives', () => {
  it('lead to the bindings that the Worker looks for', () => {
    for (const name of ['north', 'north-clinic-2', 'a']) {
      expect(checkedName(name)).toBe(name);
      for (const kind of ['DB', 'BUCKET'] as const) {
        expect(bindingOf(kind, name)).toBe(bindingOfDeployment(kind, name));
      }
    }
    for (const name of ['default', 'North', '-a', 'a-', 'a_b', 'a/b', '', 'a'.repeat(32)]) {
      expect(() => checkedName(name), name).toThrow('cannot be the name');
    }
  });
});
