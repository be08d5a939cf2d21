import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { addArchive, growArchive, listArchives, retireArchive } from '../../../scripts/archives/archives.mjs';
import { readOptions } from '../../../scripts/archives/options.mjs';
import { writeIds } from '../../../scripts/deploy/create.mjs';
import { databasesOf } from '../../../scripts/deploy/steps.mjs';
import { furtherDatabases } from '../../../src/deployment';
import { archivesScene, NORTH, ORIGINAL } from '../../support/access/archives-scene';

const scene = archivesScene();

describe('npm run archives -- add', () => {
  it('creates a database, adds it to the configuration, and deploys; again, it only deploys', async () => {
    const { place, made } = scene.account();
    await addArchive(NORTH, place);
    expect(made).toEqual(['d1 create dicomweb-edge-north --update-config=false']);
    expect(scene.archive('north')).toEqual({
      name: 'north',
      database: 'dicomweb-edge-north',
      databaseID: 'id of dicomweb-edge-north',
      bucket: 'dicomweb-edge',
      prefix: 'archives/north/',
      jurisdiction: 'none',
      settings: {},
    });
    // Nothing else changes, comments included.
    expect(scene.text().startsWith(ORIGINAL)).toBe(true);
    await addArchive(NORTH, place);
    expect(made).toHaveLength(1);
    expect(scene.deployed).toEqual([scene.text(), scene.text()]);
  });

  it('gives an archive of another jurisdiction a bucket of its own', async () => {
    const { place, made } = scene.account();
    await addArchive({ ...NORTH, jurisdiction: 'eu' }, place);
    expect(made).toEqual([
      'd1 create dicomweb-edge-north --update-config=false --jurisdiction eu',
      'r2 bucket create dicomweb-edge-north --update-config=false --jurisdiction eu',
    ]);
    expect(scene.archive('north')).toMatchObject({ bucket: 'dicomweb-edge-north', prefix: '', jurisdiction: 'eu' });
    // The deployment's own ids are written again without harm to the other archive.
    const north = scene.archive('north');
    for (const jurisdiction of ['us', 'none'] as const) {
      writeIds(scene.file, 'own id', jurisdiction);
      expect(scene.archive('default')).toMatchObject({ databaseID: 'own id', jurisdiction });
      expect(scene.archive('north')).toEqual(north);
    }
  });

  it('keeps an archive in the jurisdiction of the deployment, unless another is named', async () => {
    writeIds(scene.file, 'own', 'eu');
    const { place, made } = scene.account();
    await addArchive(NORTH, place);
    expect(made).toEqual(['d1 create dicomweb-edge-north --update-config=false --jurisdiction eu']);
    await addArchive({ ...NORTH, name: 'south', ownBucket: true }, place);
    expect(made.slice(1)).toEqual([
      'd1 create dicomweb-edge-south --update-config=false --jurisdiction eu',
      'r2 bucket create dicomweb-edge-south --update-config=false --jurisdiction eu',
    ]);
    expect(listArchives(scene.file)).toEqual([
      'default  database dicomweb-edge, bucket dicomweb-edge, jurisdiction eu',
      'north  database dicomweb-edge-north, bucket dicomweb-edge/archives/north/, jurisdiction eu',
      'south  database dicomweb-edge-south, bucket dicomweb-edge-south, jurisdiction eu',
    ]);
  });

  it('goes on where a failure stopped it, whichever call failed', async () => {
    for (let failAt = 1; failAt <= 6; failAt += 1) {
      writeFileSync(scene.file, ORIGINAL);
      const { place, made } = scene.account(failAt);
      const wanted = { ...NORTH, jurisdiction: 'eu' as const };
      await expect(addArchive(wanted, place), `call ${failAt}`).rejects.toThrow('fetch failed');
      expect(scene.text()).toBe(ORIGINAL);
      await addArchive(wanted, place);
      expect(made).toHaveLength(2);
      expect(scene.archive('north')).toBeDefined();
    }
  });

  it('does not move an archive', async () => {
    const { place } = scene.account();
    await addArchive(NORTH, place);
    for (const other of [{ jurisdiction: 'eu' as const }, { ownBucket: true }]) {
      await expect(addArchive({ ...NORTH, ...other }, place)).rejects.toThrow('is there already');
    }
  });

  it('changes nothing that it cannot continue', async () => {
    const inline = ORIGINAL.replace('[vars]\n', '[vars]\nARCHIVES = { south = {} }\n');
    writeFileSync(scene.file, inline);
    await expect(addArchive(NORTH, scene.account().place)).rejects.toThrow('cannot be continued');
    expect(scene.text()).toBe(inline);
    expect(scene.deployed).toEqual([]);
  });

  it('shows its plan', async () => {
    const { place, made } = scene.account();
    await addArchive({ ...NORTH, jurisdiction: 'eu', dryRun: true }, place);
    expect(scene.said.join('\n')).toContain('wrangler r2 bucket create dicomweb-edge-north');
    expect(scene.said.join('\n')).toContain('[vars.ARCHIVES.north]');
    expect([made, scene.deployed, scene.text()]).toEqual([[], [], ORIGINAL]);
  });
});

describe('npm run archives -- grow', () => {
  it('creates the next database, adds it to the configuration, and deploys', async () => {
    const { place, made } = scene.account();
    await growArchive({ name: 'default', dryRun: false }, place);
    expect(made).toEqual(['d1 create dicomweb-edge_2 --update-config=false']);
    expect(scene.archive('default')).toMatchObject({ database: 'dicomweb-edge', further: ['dicomweb-edge_2'] });
    // Nothing else changes, comments included.
    expect(scene.text().startsWith(ORIGINAL)).toBe(true);
    expect(scene.text()).toContain(
      'binding = "DB2"\ndatabase_name = "dicomweb-edge_2"\ndatabase_id = "id of dicomweb-edge_2"',
    );
    expect(scene.deployed).toEqual([scene.text()]);
    await growArchive({ name: 'default', dryRun: false }, place);
    expect(made.at(-1)).toBe('d1 create dicomweb-edge_3 --update-config=false');
    expect(listArchives(scene.file)).toEqual([
      'default  database dicomweb-edge, database 2 dicomweb-edge_2, database 3 dicomweb-edge_3, bucket dicomweb-edge, jurisdiction none',
    ]);
  });

  it('extends another archive, whose databases leave the deployment with it', async () => {
    const { place, made } = scene.account();
    await addArchive({ ...NORTH, jurisdiction: 'eu' }, place);
    await growArchive({ name: 'north', dryRun: false }, place);
    expect(made.at(-1)).toBe('d1 create dicomweb-edge-north_2 --update-config=false --jurisdiction eu');
    expect(scene.archive('north')?.further).toEqual(['dicomweb-edge-north_2']);
    expect(scene.archive('default')?.further).toBeUndefined();
    const { experimental_readRawConfig } = await import('wrangler');
    const bindings = databasesOf(experimental_readRawConfig({ config: scene.file }).rawConfig);
    expect(bindings).toEqual(['DB', 'DB_NORTH', 'DB2_NORTH']);
    const values = Object.fromEntries(bindings.map((binding) => [binding, binding]));
    expect(furtherDatabases(values, 'north')).toEqual(['DB2_NORTH']);
    expect(furtherDatabases(values, 'default')).toEqual([]);
    await retireArchive({ name: 'north', dryRun: false }, place);
    expect(scene.text()).toBe(ORIGINAL);
    expect(scene.said.join('\n')).toContain('dicomweb-edge-north_2');
  });

  it('goes on where a failure stopped it', async () => {
    for (let failAt = 1; failAt <= 3; failAt += 1) {
      writeFileSync(scene.file, ORIGINAL);
      const { place, made } = scene.account(failAt);
      await expect(growArchive({ name: 'default', dryRun: false }, place), `call ${failAt}`).rejects.toThrow(
        'fetch failed',
      );
      expect(scene.text()).toBe(ORIGINAL);
      await growArchive({ name: 'default', dryRun: false }, place);
      expect(made).toHaveLength(1);
    }
  });

  it('shows its plan, and refuses an archive that is not there', async () => {
    const { place, made } = scene.account();
    await growArchive({ name: 'default', dryRun: true }, place);
    expect(scene.said.join('\n')).toContain('wrangler d1 create dicomweb-edge_2');
    expect(scene.said.join('\n')).toContain('binding = "DB2"');
    await expect(growArchive({ name: 'south', dryRun: false }, place)).rejects.toThrow('no archive south');
    expect([made, scene.deployed, scene.text()]).toEqual([[], [], ORIGINAL]);
    expect(() => readOptions([])).toThrow('Say what to do');
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
