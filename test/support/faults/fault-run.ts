import { type SeededRandom, seededRandom } from '../seeded-random';
import { inWords, type Point } from './injection';
import { KEPT_POINTS, pointsOf, shuffled } from './points';
import { runPoint, traceOf } from './run-point';
import { SCENARIOS } from './scenarios/scenarios';
import type { World } from './world';

/** A whole run says each time that so many more are tried. */
const PROGRESS = 50;

/** What is known of a scenario, and the points that are still to be tried. */
interface Tally {
  readonly calls: number;
  readonly points: number;
  readonly left: Point[];
  tried: number;
  /** Points that the work did not come to: calls at the same time may change their order, and their number with it. */
  missed: number;
  /** Tried points whose state had been carried on to the end before: run-point.ts. */
  shared: number;
  readonly settled: Set<string>;
}

/** Tries faults at the points of the scenarios, and counts. */
export class FaultRun {
  readonly findings: string[] = [];
  /** Points at which a fault took place. */
  tried = 0;
  private readonly names: readonly string[];
  private readonly part: number;
  private readonly parts: number;
  private readonly ofScenarios = new Map<string, Tally>();
  private readonly unhandled: unknown[] = [];
  private readonly note = (event: PromiseRejectionEvent) => this.unhandled.push(event.reason);

  /**
   * @param seed of the order in which points are tried
   * @param named only the scenarios that have one of these names, separated by commas, in this order; where none has it, those whose names contain it
   * @param part K/N: of each scenario every N-th point from the K-th on
   */
  constructor(
    private readonly world: World,
    private readonly seed: number,
    named = '',
    part = '1/1',
  ) {
    [this.part = 1, this.parts = 1] = part.split('/').map(Number);
    const all = [...SCENARIOS.keys()];
    const meant = named
      .split(',')
      .flatMap((part) => (SCENARIOS.has(part) ? part : all.filter((name) => name.includes(part))));
    this.names = [...new Set(meant)];
    addEventListener('unhandledrejection', this.note);
  }

  /** Tries some points: the kept ones, and then one of each scenario in turn. */
  async trySome({ forMs, least }: { forMs: number; least: number }): Promise<void> {
    const until = performance.now() + forMs;
    const random = seededRandom(this.seed);
    const names = shuffled(this.names, random);
    await this.tryKept(random);
    for (let left = true; left; ) {
      left = false;
      for (const name of names) {
        if (this.tried >= least && performance.now() > until) return;
        const point = (await this.pointsOf(name, random)).left.pop();
        if (point === undefined) continue;
        left = true;
        await this.tryPoint(name, point);
      }
    }
  }

  /** Tries all points, one scenario after the other. */
  async tryAll(): Promise<void> {
    const random = seededRandom(this.seed);
    await this.tryKept(random);
    for (const name of this.names) {
      const tally = await this.pointsOf(name, random);
      for (let point = tally.left.pop(); point !== undefined; point = tally.left.pop()) {
        await this.tryPoint(name, point);
        // A run that is ended before its report has told what it tried.
        if (tally.left.length % PROGRESS === 0) console.info(`${name}: ${triedIn(tally)}, ${tally.left.length} left`);
      }
    }
  }

  private async tryKept(random: SeededRandom): Promise<void> {
    for (const [name, point] of KEPT_POINTS) {
      if (!this.names.includes(name)) continue;
      await this.pointsOf(name, random);
      await this.tryPoint(name, point);
    }
  }

  /** Counts the calls and the points of the scenarios. */
  async count(): Promise<void> {
    const random = seededRandom(this.seed);
    for (const name of this.names) await this.pointsOf(name, random);
  }

  /** Runs a scenario without faults when its first turn comes, and notes its calls. */
  private async pointsOf(name: string, random: SeededRandom): Promise<Tally> {
    const known = this.ofScenarios.get(name);
    if (known !== undefined) return known;
    const scenario = SCENARIOS.get(name)!();
    const trace = await traceOf(this.world, scenario);
    const points = pointsOf(scenario, trace);
    const left = shuffled(points, random).filter((_, at) => at % this.parts === this.part - 1);
    const counts = { calls: trace.length, points: points.length, tried: 0, missed: 0, shared: 0 };
    const tally = { ...counts, left, settled: new Set<string>() };
    this.ofScenarios.set(name, tally);
    return tally;
  }

  private async tryPoint(name: string, point: Point): Promise<void> {
    const say = (findings: readonly string[], at = '') => {
      for (const what of findings) {
        const finding = `${name}, ${point.fault} at call ${point.at ?? point.on}${at}: ${what}`;
        this.findings.push(finding);
        // A whole run takes long: what it finds is to be seen at once.
        console.info(`FOUND ${finding}`);
      }
    };
    const tally = this.ofScenarios.get(name)!;
    try {
      const { hit, findings, shared } = await runPoint(this.world, SCENARIOS.get(name)!(), point, tally.settled);
      if (hit === undefined) tally.missed += 1;
      else {
        this.tried += 1;
        tally.tried += 1;
        if (shared) tally.shared += 1;
      }
      if (hit === undefined && point.on !== undefined) say(['there is no such call any more']);
      say(findings, hit && `, ${inWords(hit)}`);
    } catch (error) {
      say([`the check ended: ${error instanceof Error ? error.stack : error}`]);
    }
    say(this.unhandled.splice(0).map((reason) => `an error that nobody handles: ${reason}`));
  }

  /** Ends the run. @returns one line for each scenario */
  report(): string {
    removeEventListener('unhandledrejection', this.note);
    const all = [...this.ofScenarios.values()];
    const sum = (of: 'calls' | 'points' | 'tried' | 'missed' | 'shared') =>
      all.reduce((total, each) => total + each[of], 0);
    return [
      '| scenario | calls | points | tried | not reached | carried on before |',
      '|---|---:|---:|---:|---:|---:|',
      ...[...this.ofScenarios].map(
        ([name, { calls, points, tried, missed, shared }]) =>
          `| ${name} | ${calls} | ${points} | ${tried} | ${missed} | ${shared} |`,
      ),
      `| ${all.length} scenarios | ${sum('calls')} | ${sum('points')} | ${sum('tried')} | ${sum('missed')} | ${sum('shared')} |`,
      `seed ${this.seed}: ${this.findings.length} findings`,
    ].join('\n');
  }
}

function triedIn({ tried, missed, shared }: Tally): string {
  return `${tried} tried, ${missed} not reached, ${shared} carried on before`;
}
