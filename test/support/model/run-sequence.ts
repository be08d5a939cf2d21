import { DEFAULT_DUPLICATES } from '../../../src/config';
import { DAY } from '../archive/sweeps';
import { advance } from '../faults/clock';
import { look, type Sample } from '../faults/contents';
import { Injection } from '../faults/injection';
import { Isolate, Killed } from '../faults/isolate';
import { recount } from '../faults/recount';
import { readRows } from '../faults/rows';
import type { World } from '../faults/world';
import { Acts, type Answer, labelText } from './acts';
import { type Act, apply, EMPTY, type Rules, type State, seenIn } from './contract';
import { deletedByRule, outcomes, settlements, unanswered } from './outcomes';
import type { Sequence, Step } from './sequence';

/** Studies with this label are deleted by a rule. */
const RETAINED = { label: 2, ms: 20 * DAY };
const RETENTION_RULES = JSON.stringify({ old: { labels: [labelText(RETAINED.label)], days: 20, delete: true } });

/**
 * Carries a sequence out in a study of its own and compares the archive with the model after each step. A client that got
 * no answer does not know whether its act was carried out, and two acts at the same time may come in either order, so
 * there may be several states in which the model can be; what clients see leaves those that fit.
 */
export class SequenceRun {
  readonly samples: readonly Sample[];
  readonly findings: string[] = [];
  private states: readonly State[] = [EMPTY];
  private readonly acts: Acts;
  private readonly clients = new Map<number, Client>();
  private readonly rules: Rules;

  constructor(
    private readonly world: World,
    private readonly sequence: Sequence,
    readonly study: string,
  ) {
    this.rules = { policy: sequence.policy, retentionMs: DEFAULT_DUPLICATES.retentionMs, retained: RETAINED };
    const sent = sequence.steps.flatMap(({ act, meanwhile }) => [act, ...(meanwhile ? [meanwhile.act] : [])]);
    const named = new Set(sent.flatMap((act) => ('sent' in act ? act.sent.map((each) => each.join(' ')) : [])));
    this.acts = new Acts(study);
    this.samples = [...named].map((each) => this.acts.sampleOf(each.split(' ')[0]!, Number(each.split(' ')[1])));
  }

  get hasUploads(): boolean {
    return this.sequence.steps.some(({ act, meanwhile }) => act.kind === 'upload' || meanwhile?.act.kind === 'upload');
  }

  /** Runs until the end, or until something is wrong. */
  async run(): Promise<void> {
    for (const [at, step] of this.sequence.steps.entries()) {
      await this.step(step);
      if (this.findings.length === 0 && (isTelling(step) || at === this.sequence.steps.length - 1))
        await this.compare(step.client);
      if (this.findings.length > 0) {
        this.findings[0] = `step ${at + 1}: ${this.findings[0]}`;
        return;
      }
    }
    this.findings.push(...recount(await readRows(this.world.plain.database)));
  }

  /** Lifts a legal hold, so that the sweeper may reclaim. Runs in the background may have changed the study since. */
  async lift(isolate: Isolate): Promise<void> {
    const now = Date.now();
    this.become((state) => {
      const settled = settlements(state, now, this.rules);
      const before = [
        ...settled,
        ...settled.flatMap((one) => deletedByRule({ state: one }, now, this.rules).map((of) => of.state)),
      ];
      // What an upload has left may also be stored when nothing holds the study any more.
      const lifted = before.map((one) => apply(one, { kind: 'lift' }, now, this.rules).state);
      return lifted.flatMap((one) => settlements(one, now, this.rules));
    });
    await this.acts.carryOut(isolate, { kind: 'lift' }, now);
  }

  /** Compares what clients see with the model. */
  async compare(client = 0): Promise<void> {
    const { seen, findings } = await look(this.client(client).isolate, [this.study], this.samples);
    this.findings.push(...findings);
    const names = new Map([...seen].map(([sop, content]) => [sop.slice(this.study.length + 1), content]));
    const label = await this.acts.labelOf(this.client(client).isolate);
    const fitting = this.states.filter((state) => isSame(seenIn(state), names) && state.label === label);
    if (fitting.length === 0) {
      const shown = (of: ReadonlyMap<string, number>, by?: number) => JSON.stringify([...of, by ?? 'no label']);
      const expected = this.states.map((state) => shown(seenIn(state), state.label)).join(' or ');
      this.findings.push(`clients see ${shown(names, label)}, and should see ${expected}`);
    } else this.states = fitting;
    if (seen.size === 0) return;
    const deletions = this.states.map(({ deletedAt }) => deletedAt);
    this.findings.push(...(await this.acts.compareShares(this.client(client).isolate, deletions)));
  }

  private async step(step: Step): Promise<void> {
    if (step.passed > 0) await this.world.pass(step.passed);
    // Times in the archive are milliseconds; no two acts are at the same one.
    advance(5);
    const now = Date.now();
    const client = this.client(step.client);
    let beside: Answer | undefined;
    let besideFailed = false;
    client.injection = new Injection(
      step.fault,
      async () => {
        if (step.meanwhile === undefined) return;
        advance(5);
        beside = await this.act(this.client(step.meanwhile.client), step.meanwhile.act, now);
        besideFailed = beside === undefined;
      },
      true,
    );
    client.injection.begin(client.isolate);
    const answer = await this.act(client, step.act, now);
    client.injection.end();
    if (client.killed) this.clients.delete(step.client);
    if (step.fault?.on !== undefined && client.injection.hit === undefined)
      this.findings.push('no call fits the fault');
    if (beside === undefined) {
      this.become((state) => this.after(state, step.act, answer, now));
      if (besideFailed) this.findings.push('an act beside a fault of another client got no answer');
    } else {
      const other = beside;
      this.become((state) => [
        ...this.between(state, step.act, answer, other, now),
        ...this.after(state, step.act, answer, now, true).flatMap((next) => this.after(next, other.act, other, now)),
        ...this.after(state, other.act, other, now).flatMap((next) => this.after(next, step.act, answer, now, true)),
        // What was deleted before its sender got an answer may be told to have failed.
        ...(other.act.kind === 'delete' && 'sent' in step.act && answer !== undefined && answer.act !== step.act
          ? this.after(apply(state, step.act, now, this.rules).state, other.act, other, now)
          : []),
      ]);
    }
    if (this.states.length === 0) {
      this.findings.push(
        `${JSON.stringify(step.act)} was told ${JSON.stringify(answer?.told)}` +
          (beside ? `, ${JSON.stringify(beside.act)} ${JSON.stringify(beside.told)} at the same time` : '') +
          ': no order of what happened explains it',
      );
    }
  }

  /**
   * The states after an act that fit what the client was told.
   * @param disturbed another act came between the looks of this one: why it found nothing to do may be the reason of before
   * or of afterwards
   */
  private after(state: State, asked: Act, answer: Answer | undefined, now: number, disturbed = false): State[] {
    if (answer === undefined) return unanswered(state, asked, now, this.rules);
    return outcomes(state, answer.act, now, this.rules).flatMap(({ state: next, told }) => {
      const isSameStatus =
        answer.told.status === told.status ||
        'sent' in asked ||
        (disturbed && answer.told.status >= 400 && told.status >= 400);
      return isSameStatus && told.conflicts.join() === answer.told.conflicts.join() ? [next] : [];
    });
  }

  /** The states in which the other act came between two files of an upload session. */
  private between(state: State, asked: Act, answer: Answer | undefined, other: Answer, now: number): State[] {
    if (asked.kind !== 'upload') return [];
    const { rules } = this;
    const after = (from: State) => this.after(from, other.act, other, now);
    if (answer === undefined)
      return unanswered(state, asked, now, rules)
        .flatMap(after)
        .flatMap((next) => settlements(next, now, rules));
    const { sent } = answer.act as typeof asked;
    return sent.flatMap((_, at) => {
      const first = apply(state, { ...asked, sent: sent.slice(0, at) }, now, rules);
      return after(first.state).flatMap((next) => {
        const second = apply(next, { ...asked, sent: sent.slice(at) }, now, rules);
        const conflicts = [...first.told.conflicts, ...second.told.conflicts];
        return conflicts.join() === answer.told.conflicts.join() ? [second.state] : [];
      });
    });
  }

  private become(next: (state: State) => State[]): void {
    const states = new Map(this.states.flatMap(next).map((state) => [JSON.stringify(state), state]));
    this.states = [...states.values()];
  }

  /** @returns undefined when the client does not know whether its act was carried out */
  private async act(client: Client, act: Act, now: number): Promise<Answer | undefined> {
    try {
      return await this.acts.carryOut(client.isolate, act, now);
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
      client.killed = true;
      return undefined;
    }
  }

  private client(number: number): Client {
    const found = this.clients.get(number);
    if (found !== undefined) return found;
    const made: Client = {
      killed: false,
      injection: undefined,
      isolate: new Isolate(this.world, { DUPLICATES: this.sequence.policy, RETENTION_RULES }, (call, work) =>
        made.injection === undefined ? work() : made.injection.through(call, work),
      ),
    };
    this.clients.set(number, made);
    return made;
  }
}

interface Client {
  readonly isolate: Isolate;
  injection: Injection | undefined;
  killed: boolean;
}

/** Looking costs more than most acts, so it is done where the states of the model part. */
function isTelling({ act, fault }: Step): boolean {
  return fault !== undefined || act.kind === 'restore' || act.kind === 'sweep';
}

function isSame(one: ReadonlyMap<string, number>, other: ReadonlyMap<string, number>): boolean {
  return one.size === other.size && [...one].every(([name, content]) => other.get(name) === content);
}
