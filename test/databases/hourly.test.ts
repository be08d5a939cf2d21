import { env } from 'cloudflare:workers';
import { expect, it, vi } from 'vitest';
import { Ledger } from '../../src/archive/memory/ledger';
import { CLAIM_MS } from '../../src/archive/moves/move-studies';
import { beginArchive } from '../../src/archive/remove/archive-id';
import { StatementBudget } from '../../src/archive/statement-budget';
import { runHourly } from '../../src/background/scheduled';
import { parseConfig } from '../../src/config';
import { openArchive } from '../../src/storage/open-archive';
import { fileOf, studyUID } from '../support/databases/moving';
import { DATABASES, databaseOf, spanningClient, withDatabases } from '../support/databases/several-databases';
import { silentQueue } from '../support/platform/bindings';
import { asInvocation, Invocation, withinLimits } from '../support/platform/production-limits';
import { skipTime } from '../support/time/skipped-time';

/* Of the 1,000 statements that D1 takes of one run: here 250, and a quarter of the work. */

withDatabases();

const MOST = 250;
const DAY = 24 * 60 * 60 * 1000;
const DUE = Array.from({ length: 6 }, (_, at) => at + 1);
const STUDIES = 12;

const config = parseConfig({
  ...env,
  ALLOW_ANONYMOUS: 'true',
  RETENTION_DAYS: '1',
  RETENTION_RULES: JSON.stringify({ old: { modalities: ['MR'], days: 2, delete: true } }),
} as unknown as Env);

/** One run in an isolate of its own. @returns the statements that it sent */
async function run(name: string, databases: readonly string[]): Promise<number> {
  const budget = StatementBudget.ofInvocation(MOST);
  const [database, ...others] = databases.map(databaseOf);
  const bindings = withinLimits({ database: database!, others, bucket: env.BUCKET, queue: silentQueue });
  const archive = openArchive(name, bindings, undefined, budget.note);
  const invocation = new Invocation({ queries: MOST, subrequests: 10_000 });
  await asInvocation(() => runHourly([{ archive, config }], new Ledger(), budget), invocation);
  return invocation.queries;
}

it('whatever waits, an hourly run ends within the statements of one run, and leaves the rest to the next ones', async () => {
  const [name, databases] = ['many', DATABASES.many];
  vi.spyOn(console, 'log').mockImplementation(() => undefined);
  const client = spanningClient(databases, { RETENTION_DAYS: '1' });
  await beginArchive(client.archive, Date.now());
  const files = Array.from({ length: STUDIES }, (_, at) => [fileOf(at + 1, 1, 1), fileOf(at + 1, 1, 2)]).flat();
  expect((await client.store(files)).status).toBe(200);
  for (const study of DUE) {
    const path = `/dicomweb/studies/${studyUID(study)}/series/${studyUID(study)}.1/instances/${studyUID(study)}.1.2`;
    expect((await client.fetch(path, { method: 'DELETE' })).status).toBe(204);
  }
  skipTime(3 * DAY);
  const { moves, snapshots } = client.archive;
  await moves?.begin({ source: 3, target: 1 }, 3, Date.now());
  const most: number[] = [];
  for (;;) {
    most.push(await run(name, databases));
    expect(most.length).toBeLessThan(40);
    skipTime(CLAIM_MS + DAY);
    const isMoved = moves === undefined || (await moves.progress())?.finishedAt !== null;
    if (isMoved && (await left(databases)) === 0 && (await snapshots.countChanged(1)) === 0) break;
  }
  expect(most.length).toBeGreaterThan(2);
  expect(Math.max(...most)).toBeLessThanOrEqual(MOST);
});

/** Instances that no rule has deleted yet. */
async function left(databases: readonly string[]): Promise<number> {
  let rows = 0;
  for (const name of databases) {
    const sql = 'SELECT count(*) AS rows FROM instance';
    rows += (await databaseOf(name).prepare(sql).first<number>('rows'))!;
  }
  return rows;
}

it('an archive for which no statements are left waits for a run in which it is the first', async () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  const budget = StatementBudget.ofInvocation(100);
  const archives = [DATABASES.one, ['DB']].map(([name], at) => {
    const bindings = withinLimits({ database: databaseOf(name!), bucket: env.BUCKET, queue: silentQueue });
    return { archive: openArchive(`archive ${at}`, bindings, undefined, budget.note), config };
  });
  const postponed: string[] = [];
  for (const _ of [1, 2]) {
    budget.note(budget.left);
    log.mockClear();
    await runHourly(archives, new Ledger(), budget);
    const lines = log.mock.calls.map(([line]) => JSON.parse(String(line)) as { event: string; archive: string });
    postponed.push(...lines.filter(({ event }) => event === 'hourly-run-postponed').map(({ archive }) => archive));
    skipTime(60 * 60 * 1000);
  }
  expect(postponed.toSorted()).toEqual(['archive 0', 'archive 1']);
});
