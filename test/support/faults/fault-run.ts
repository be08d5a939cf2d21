import { type SeededRandom, seededRandom } from '../seeded-random';
import { inWords, type Point } from './injection';
import { KEPT_POINTS, pointsOf, shuffled } from './points';
import { runPoint, traceOf } from './run-point';
import { SCENARIOS } from './scenarios';
import type { World } from './world';

/** A whole run says each time that it has tried so many. */
const PROGRESS = 50;

/** What is known of a scenario, and the points that are still to be tried. */
interface Tally {
  readonly calls: number;
  readonly points: number;
  readonly left: Point[];
  tried: number;
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
   * @param named only the scenarios that have one of these names, separated by commas; where none has it, those whose names contain it
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
    this.names = all.filter((name) => meant.includes(name));
    addEventListener('unhandledrejection', this.note);
  }

  /** Tries points, one of each scenario in turn. @param limits absent: all points */
  async tryPoints({ forMs = Number.POSITIVE_INFINITY, least = 0 } = {}): Promise<void> {
    const until = performance.now() + forMs;
    const random = seededRandom(this.seed);
    const names = shuffled(this.names, random);
    for (const [name, point] of KEPT_POINTS) {
      if (!this.names.includes(name)) continue;
      await this.pointsOf(name, random);
      await this.tryPoint(name, point);
    }
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
    const tally = { calls: trace.length, left, points: points.length, tried: 0 };
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
    try {
      const { hit, findings } = await runPoint(this.world, SCENARIOS.get(name)!(), point);
      // Calls at the same time may change their order, and their number with it.
      if (hit !== undefined) {
        this.tried += 1;
        this.ofScenarios.get(name)!.tried += 1;
        if (this.tried % PROGRESS === 0) console.info(`${this.tried} points tried`);
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
    const sum = (of: 'calls' | 'points' | 'tried') => all.reduce((total, each) => total + each[of], 0);
    return [
      '| scenario | calls | points | tried |',
      '|---|---:|---:|---:|',
      ...[...this.ofScenarios].map(
        ([name, { calls, points, tried }]) => `| ${name} | ${calls} | ${points} | ${tried} |`,
      ),
      `| ${all.length} scenarios | ${sum('calls')} | ${sum('points')} | ${sum('tried')} |`,
      `seed ${this.seed}: ${this.findings.length} findings`,
    ].join('\n');
  }
}
