import { DAY } from '../archive/sweeps';
import type { PlatformCall } from '../platform/platform-calls';
import { look, type Seen } from './contents';
import { Injection, type Point } from './injection';
import { Isolate, Killed } from './isolate';
import { compareObjects } from './objects';
import { recount } from './recount';
import { type Rows, readRows } from './rows';
import type { Outcome, Phase, Scenario } from './scenarios/scenario';
import { compareSnapshots } from './snapshots';
import { stateKey } from './state-key';
import type { World } from './world';

/** What came of one run of a scenario. */
interface PointResult {
  /** The calls of the work. */
  readonly trace: readonly PlatformCall[];
  /** The call that faulted; undefined when the work did not come to it. */
  readonly hit: PlatformCall | undefined;
  /** What is wrong, in words. */
  readonly findings: readonly string[];
  /** An earlier point had the same state after the repetition, and carried it on. */
  readonly shared: boolean;
}

/**
 * Runs a scenario in an empty archive, with a fault at one of its calls, and checks what the contract promises.
 * @param settled states after the repetition, of which it is known that the queue and the sweeper leave nothing: such a state is
 * added, and is not carried on a second time
 */
export async function runPoint(
  world: World,
  scenario: Scenario,
  point?: Point,
  settled: Set<string> = new Set(),
): Promise<PointResult> {
  const { injection, isolate, outcome, killed } = await work(world, scenario, point);
  const survivor = killed ? new Isolate(world, scenario.variables) : isolate;
  const findings = await checkAfterFault(world, scenario, survivor, outcome, point !== undefined);
  if (findings.length > 0) return { trace: injection.trace, hit: injection.hit, findings, shared: false };
  const end = await checkInTheEnd(world, scenario, survivor, settled);
  return { trace: injection.trace, hit: injection.hit, ...end };
}

/** The calls of a scenario in which nothing fails. */
export async function traceOf(world: World, scenario: Scenario): Promise<readonly PlatformCall[]> {
  return (await work(world, scenario)).injection.trace;
}

async function work(world: World, scenario: Scenario, point?: Point) {
  await world.clear();
  const { variables } = scenario;
  const fresh = () => new Isolate(world, variables);
  await scenario.prepare?.(fresh(), world);
  const injection = new Injection(point, async () => {
    await scenario.run(fresh(), world);
  });
  const isolate = new Isolate(world, variables, injection.through);
  if (scenario.cold !== true) await isolate.fetch('/dicomweb/studies?limit=1');
  injection.begin(isolate);
  const attempted = await attempt(scenario, isolate, world);
  injection.end();
  return { injection, isolate, ...attempted };
}

async function attempt(scenario: Scenario, isolate: Isolate, world: World) {
  try {
    return { outcome: await scenario.run(isolate, world), killed: false };
  } catch (error) {
    if (error instanceof Killed) return { outcome: 'nothing' as const, killed: true };
    throw error;
  }
}

async function checkAfterFault(
  world: World,
  scenario: Scenario,
  isolate: Isolate,
  outcome: Outcome,
  faulted: boolean,
): Promise<string[]> {
  const isClosed = outcome !== 'all' && (await scenario.isClosed?.(isolate)) === true;
  const findings = isClosed
    ? []
    : (await checkAll(world, scenario, isolate, 'fault', (seen) => judge(scenario, outcome, seen))).findings;
  if (!faulted && outcome !== 'all') findings.push(`without a fault the answer was ${JSON.stringify(outcome)}`);
  return findings.map((what) => `after the fault: ${what}`);
}

/** The client sends the request again, the queue delivers its messages, and the sweeper has time to reclaim. */
async function checkInTheEnd(
  world: World,
  scenario: Scenario,
  isolate: Isolate,
  settled: Set<string>,
): Promise<{ findings: string[]; shared: boolean }> {
  const outcome = await scenario.run(isolate, world);
  if (outcome !== 'all') return { findings: [`the repeated request: ${JSON.stringify(outcome)}`], shared: false };
  const { findings, rows } = await checkAll(world, scenario, isolate, 'repeated', (seen) => isAfter(scenario, seen));
  if (findings.length > 0) return { findings: findings.map((what) => `after the repetition: ${what}`), shared: false };
  const key = await stateKey(world, rows);
  if (settled.has(key)) return { findings, shared: true };
  const end = await checkLater(world, scenario);
  if (end.length === 0) settled.add(key);
  return { findings: end, shared: false };
}

function isAfter({ after }: Scenario, seen: Seen): string[] {
  return sameSeen(seen, after) ? [] : [`clients see ${shown(seen)}`];
}

/** Other isolates do the work of the queue and of two months. */
async function checkLater(world: World, scenario: Scenario): Promise<string[]> {
  // Without the verification, which would put wrong counts right before they are compared, and takes half of the time.
  const later = new Isolate(world, { ...scenario.variables, VERIFY_MB_PER_HOUR: '0' });
  if (world.queue.length > 0) await later.deliver();
  await world.pass(2 * DAY);
  await later.hourly();
  // More than interrupted requests leave in a small archive: the operator accepts them.
  await world.plain.database.prepare('UPDATE orphan SET accepted_at = 1').run();
  for (let months = scenario.isReclaimedLate ? 2 : 1; months > 0; months -= 1) {
    await world.pass(33 * DAY);
    await later.hourly();
    await world.plain.database.prepare('UPDATE orphan SET accepted_at = 1').run();
  }
  const { findings, rows, unnamed } = await checkAll(world, scenario, later, 'end', (seen) => isAfter(scenario, seen));
  const end = findings.map((what) => `after the sweeper: ${what}`);
  if (unnamed.length > 0) end.push(`the sweeper left ${unnamed.length} objects, such as ${unnamed[0]}`);
  // A snapshot, or a copy of a key, that a newer one has just replaced waits for a month.
  const deletions = rows.deletion.filter(({ key }) => !/^(index|access)\//.test(key));
  const removed = rows.removal.filter(({ reason }) => reason !== 'kept');
  if (rows.orphan.length + deletions.length + removed.length > 0)
    end.push(`${rows.orphan.length} orphans, ${deletions.length} deletions, ${removed.length} removed instances wait`);
  end.push(...(await compareSnapshots(world, rows)));
  return end;
}

async function checkAll(
  world: World,
  scenario: Scenario,
  isolate: Isolate,
  phase: Phase,
  judged: (seen: Seen) => readonly string[],
): Promise<{ findings: string[]; rows: Rows; unnamed: readonly string[] }> {
  const studies = [...new Set(scenario.samples.map(({ study }) => study))];
  const { seen, findings } = await look(isolate, studies, scenario.samples);
  const rows = await readRows(world.plain.database);
  const objects = await compareObjects(world, rows);
  return {
    findings: [
      ...findings,
      ...judged(seen),
      ...recount(rows),
      ...objects.findings,
      ...((await scenario.check?.(world, phase)) ?? []),
    ],
    rows,
    unnamed: objects.unnamed,
  };
}

/** What the client was told must be so. Everything else is either completely old or completely new. */
function judge({ before, after, atLeast }: Scenario, outcome: Outcome, seen: Seen): string[] {
  if (outcome === 'all') return sameSeen(seen, after) ? [] : [`acknowledged, but clients see ${shown(seen)}`];
  if (outcome === 'nothing' && !atLeast) {
    return sameSeen(seen, before) || sameSeen(seen, after) ? [] : [`without an answer clients see ${shown(seen)}`];
  }
  const expected = new Map(before);
  const { stored, refused } = outcome === 'nothing' ? { stored: [], refused: [] } : outcome;
  for (const sop of stored) if (after.has(sop)) expected.set(sop, after.get(sop)!);
  if (atLeast) for (const [sop, content] of seen) if (after.get(sop) === content) expected.set(sop, content);
  const answer = `${stored.length} stored, ${refused.length} refused`;
  return sameSeen(seen, expected) ? [] : [`answered ${answer}, but clients see ${shown(seen)}`];
}

function sameSeen(one: Seen, other: Seen): boolean {
  return one.size === other.size && [...one].every(([sop, content]) => other.get(sop) === content);
}

function shown(seen: Seen): string {
  return `${seen.size} instances: ${JSON.stringify([...seen].slice(0, 5))}`;
}
