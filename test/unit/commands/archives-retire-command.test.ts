import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { addArchive, retireArchive } from '../../../scripts/archives/archives.mjs';
import { bindingOf, checkedName } from '../../../scripts/archives/names.mjs';
import { readOptions } from '../../../scripts/archives/options.mjs';
import { databasesOf, deploy } from '../../../scripts/deploy/steps.mjs';
import { bindingOf as bindingOfDeployment } from '../../../src/deployment';
import { archivesScene, NORTH, ORIGINAL } from '../../support/access/archives-scene';

const scene = archivesScene();

describe('npm run archives -- retire', () => {
  it('takes the archive out, and nothing else', async () => {
    const { place, made } = scene.account();
    await addArchive({ ...NORTH, name: 'north-2' }, place);
    await addArchive({ ...NORTH, ownBucket: true }, place);
    const before = scene.text();
    await addArchive({ ...NORTH, name: 'south' }, place);
    writeFileSync(
      scene.file,
      scene.text().replace('[vars.ARCHIVES.south]\n', '[vars.ARCHIVES.south]\nDUPLICATES = "keep" # once\n'),
    );
    scene.said.length = 0;
    await retireArchive({ name: 'south', dryRun: false }, place);
    expect(scene.text()).toBe(before);
    expect(scene.deployed.at(-1)).toBe(before);
    expect(scene.said.join('\n')).toContain('dicomweb-edge-south (id of dicomweb-edge-south)');
    expect(scene.said.join('\n')).toContain('under archives/south/');
    expect(scene.said.join('\n')).toContain('{"DUPLICATES":"keep"}');
    await retireArchive({ name: 'north', dryRun: false }, place);
    await retireArchive({ name: 'north-2', dryRun: false }, place);
    expect(scene.text()).toBe(ORIGINAL);
    // What it says brings the archive back to its data.
    const [, back = ''] = /npm run archives -- (add north .*)/.exec(scene.said.join('\n')) ?? [];
    const options = readOptions(back.split(' '));
    const creations = made.length;
    if (options !== 'help') await addArchive(options, place);
    expect(made).toHaveLength(creations);
    expect(scene.archive('north')).toMatchObject({
      databaseID: 'id of dicomweb-edge-north',
      bucket: 'dicomweb-edge-north',
    });
  });

  it('shows its plan, and refuses an archive that is not there or is the deployment’s own', async () => {
    const { place } = scene.account();
    await addArchive(NORTH, place);
    const before = scene.text();
    await retireArchive({ name: 'north', dryRun: true }, place);
    expect([scene.text(), scene.deployed.length]).toEqual([before, 1]);
    await expect(retireArchive({ name: 'south', dryRun: false }, place)).rejects.toThrow('no archive south');
    expect(() => readOptions(['retire', 'default'])).toThrow('cannot be the name');
  });
});

describe('a deployment of several archives', () => {
  it('migrates every database before it deploys the Worker', async () => {
    const { place } = scene.account();
    await addArchive(NORTH, place);
    const calls: string[] = [];
    const { experimental_readRawConfig } = await import('wrangler');
    const databases = databasesOf(experimental_readRawConfig({ config: scene.file }).rawConfig);
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
