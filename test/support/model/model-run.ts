import { DAY } from '../archive/sweeps';
import { advance } from '../faults/clock';
import { Isolate } from '../faults/isolate';
import { compareObjects } from '../faults/objects';
import { recount } from '../faults/recount';
import { readRows } from '../faults/rows';
import { compareSnapshots } from '../faults/snapshots';
import type { World } from '../faults/world';
import { SequenceRun } from './run-sequence';
import { type Sequence, type Step, sequenceOf } from './sequence';

/**
 * Sequences that share an archive: emptying one takes longer than a step. They have the same policy for duplicates: a run in
 * the background stores by its own policy what an upload of another sequence has left.
 */
const TOGETHER = 10;

/** A sequence that the archive and the model do not agree on. */
interface Disagreement {
  readonly seed: number;
  readonly what: string;
  /** The shortest sequence that was found to show it. */
  readonly minimal: Sequence;
}

let studies = 0;

/** Runs the sequences of seeds, some in each archive. */
export class ModelRun {
  sequences = 0;
  steps = 0;

  constructor(private readonly world: World) {}

  /** @returns the first disagreement */
  async run(seeds: readonly number[]): Promise<Disagreement | undefined> {
    for (const alike of Map.groupBy(seeds, (seed) => sequenceOf(seed).policy).values()) {
      for (let at = 0; at < alike.length; at += TOGETHER) {
        const some = alike.slice(at, at + TOGETHER);
        const findings = await this.together(some.map(sequenceOf));
        this.sequences += some.length;
        if (findings.length > 0) return await this.explained(some, findings[0]!);
      }
    }
    return undefined;
  }

  /** Runs sequences of one policy one after the other in one archive. At the end the sweeper has time to reclaim. */
  async together(sequences: readonly Sequence[]): Promise<readonly string[]> {
    await this.world.clear();
    const runs: SequenceRun[] = [];
    for (const sequence of sequences) {
      studies += 1;
      const run = new SequenceRun(this.world, sequence, `2.25.${studies}`);
      await run.run();
      if (run.findings.length > 0) return run.findings;
      this.steps += sequence.steps.length;
      runs.push(run);
    }
    return await this.inTheEnd(runs, new Isolate(this.world, { DUPLICATES: sequences[0]!.policy }));
  }

  private async inTheEnd(runs: readonly SequenceRun[], isolate: Isolate): Promise<readonly string[]> {
    for (const run of runs) await run.lift(isolate);
    await this.world.pass(2 * DAY);
    await isolate.hourly();
    await this.world.plain.database.prepare('UPDATE orphan SET accepted_at = 1').run();
    // An upload has to expire before the sweeper looks at an object that it left.
    for (let months = runs.some((run) => run.hasUploads) ? 2 : 1; months > 0; months -= 1) {
      await this.world.pass(33 * DAY);
      await isolate.hourly();
      await this.world.plain.database.prepare('UPDATE orphan SET accepted_at = 1').run();
    }
    advance(DAY);
    for (const run of runs) {
      await run.compare();
      if (run.findings.length > 0) return run.findings.map((what) => `after the sweeper: ${what}`);
    }
    const rows = await readRows(this.world.plain.database);
    const { findings, unnamed } = await compareObjects(this.world, rows);
    const there = new Set(rows.instance.map(({ sop_instance_uid }) => sop_instance_uid));
    const stays = rows.removal.filter((one) => one.reason !== 'kept' || !there.has(one.sop_instance_uid));
    return [
      ...recount(rows),
      ...findings,
      ...(await compareSnapshots(this.world, rows)),
      ...unnamed.slice(0, 1).map((key) => `the sweeper left ${unnamed.length} objects, such as ${key}`),
      ...stays
        .slice(0, 1)
        .map(({ reason }) => `${stays.length} removed instances stay for ever, one of them ${reason}`),
    ];
  }

  /** Finds which sequence it was, and shortens it. */
  private async explained(seeds: readonly number[], what: string): Promise<Disagreement> {
    for (const seed of seeds) {
      const [alone] = await this.together([sequenceOf(seed)]);
      if (alone === undefined) continue;
      const minimal = await this.shortened(sequenceOf(seed));
      const [last = alone] = await this.together([minimal]);
      return { seed, what: last, minimal };
    }
    return {
      seed: seeds[0]!,
      what: `only together with the seeds ${seeds.join(', ')}: ${what}`,
      minimal: sequenceOf(seeds[0]!),
    };
  }

  /** Leaves out what the disagreement does not need. */
  private async shortened(sequence: Sequence): Promise<Sequence> {
    for (const shorter of shorterThan(sequence)) {
      if ((await this.together([shorter])).length > 0) return await this.shortened(shorter);
    }
    return sequence;
  }
}

function* shorterThan({ policy, steps }: Sequence): Iterable<Sequence> {
  for (let size = Math.ceil(steps.length / 2); size >= 1; size = size > 1 ? Math.ceil(size / 2) : 0) {
    for (let at = 0; at < steps.length; at += size) {
      if (steps.length > size) yield { policy, steps: steps.toSpliced(at, size) };
    }
  }
  for (const [at, step] of steps.entries()) {
    for (const simpler of simplerThan(step)) yield { policy, steps: steps.with(at, simpler) };
  }
}

function* simplerThan(step: Step): Iterable<Step> {
  const { meanwhile: _, ...alone } = step;
  const { fault: __, ...sound } = alone;
  if (step.fault !== undefined) yield sound;
  if (step.meanwhile !== undefined) yield alone;
  if (step.passed > 0) yield { ...step, passed: 0 };
  const { act, meanwhile } = step;
  if ('sent' in act && act.sent.length > 1)
    for (const at of act.sent.keys()) yield { ...step, act: { ...act, sent: act.sent.toSpliced(at, 1) } };
  if (meanwhile !== undefined && 'sent' in meanwhile.act && meanwhile.act.sent.length > 1) {
    const other = meanwhile.act;
    for (const at of other.sent.keys())
      yield { ...step, meanwhile: { ...meanwhile, act: { ...other, sent: other.sent.toSpliced(at, 1) } } };
  }
}
