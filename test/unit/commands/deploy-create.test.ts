import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkJurisdiction, create, creationPlan, jurisdictionOf, writeIds } from '../../../scripts/deploy/create.mjs';
import { ROOT } from '../../../scripts/support/paths.mjs';

const NAMES = { database: 'archive', bucket: 'archive', queues: ['work', 'dead'], pages: 'viewer' };

/** An account that answers as wrangler does; it fails once at the call of this number. */
function account(failAt = -1) {
  const has = new Set<string>();
  const made: string[] = [];
  let calls = 0;
  const wrangler = async (args: string[]): Promise<string> => {
    calls += 1;
    if (calls === failAt) throw new Error('fetch failed');
    const [kind, verb] = args;
    const name = args.find((arg) => ['archive', 'work', 'dead', 'viewer'].includes(arg)) ?? '';
    const key = `${kind} ${name}`;
    if (args.includes('create')) {
      if (has.has(key)) throw new Error('already exists');
      has.add(key);
      made.push(args.join(' '));
      return '';
    }
    if (kind === 'd1' && verb === 'list')
      return `▲ a warning\n[${has.has('d1 archive') ? '{"name":"archive","uuid":"id-1"}' : ''}]`;
    if (kind === 'pages') return `[${has.has('pages viewer') ? '{"Project Name":"viewer"}' : ''}]`;
    if (!has.has(key)) throw new Error(`The specified ${kind} does not exist.`);
    return '{}';
  };
  return { wrangler, made };
}

describe('npm run deploy -- --create', () => {
  it('knows a jurisdiction in any case, and refuses all others in every kind of run', () => {
    expect(['EU', ' fedramp ', 'none'].map(jurisdictionOf)).toEqual(['eu', 'fedramp', 'none']);
    for (const given of ['mars', '', undefined]) expect(() => jurisdictionOf(given)).toThrow('none|eu|us|fedramp');
    for (const create of [true, false]) {
      expect(() => checkJurisdiction({ create, jurisdiction: 'mars' })).toThrow('no jurisdiction "mars"');
      expect(() => checkJurisdiction({ create })).not.toThrow();
    }
    expect(() => checkJurisdiction({ create: true, jurisdiction: 'EU' })).not.toThrow();
    expect(() => checkJurisdiction({ create: false, jurisdiction: 'eu' })).toThrow('--create alone');
  });

  it('makes each resource within the jurisdiction, and nothing the second time', async () => {
    const { wrangler, made } = account();
    const plan = creationPlan(NAMES, 'eu');
    expect(await create(plan, wrangler, () => {})).toBe('id-1');
    expect(made).toEqual([
      'd1 create archive --update-config=false --jurisdiction eu',
      'r2 bucket create archive --update-config=false --jurisdiction eu',
      'queues create work --jurisdiction eu',
      'queues create dead --jurisdiction eu',
      'pages project create viewer --production-branch main',
    ]);
    expect(await create(plan, wrangler, () => {})).toBe('id-1');
    expect(made).toHaveLength(5);
  });

  it('goes on where a failure stopped it, whichever call failed', async () => {
    for (let failAt = 1; failAt <= 15; failAt += 1) {
      const { wrangler, made } = account(failAt);
      const plan = creationPlan(NAMES, 'none');
      await expect(
        create(plan, wrangler, () => {}),
        `call ${failAt}`,
      ).rejects.toThrow('fetch failed');
      expect(await create(plan, wrangler, () => {})).toBe('id-1');
      expect(made).toHaveLength(5);
    }
  });

  it('writes the id and the jurisdiction into wrangler.toml, again without harm', () => {
    const folder = mkdtempSync(join(tmpdir(), 'deploy-'));
    const file = join(folder, 'wrangler.toml');
    const original = readFileSync(join(ROOT, 'wrangler.toml'), 'utf8');
    writeFileSync(file, original);
    for (const [id, jurisdiction, lines] of [
      ['first', 'eu', ['database_id = "first"', 'jurisdiction = "eu"']],
      ['second', 'eu', ['database_id = "second"', 'jurisdiction = "eu"']],
      ['third', 'none', ['database_id = "third"']],
    ] as const) {
      writeIds(file, id, jurisdiction);
      const changed = readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => !original.split('\n').includes(line));
      expect(changed).toEqual(lines);
    }
    rmSync(folder, { recursive: true });
  });
});
