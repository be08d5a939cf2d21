import { DEFAULT_DUPLICATES } from '../../../src/config';
import type { DicomJson } from '../../../src/dicom/json/json-model';
import { advance } from '../faults/clock';
import { look, type Sample, sample } from '../faults/contents';
import { Injection } from '../faults/injection';
import { Isolate, Killed } from '../faults/isolate';
import { recount } from '../faults/recount';
import { readRows } from '../faults/rows';
import type { World } from '../faults/world';
import { type Act, apply, EMPTY, type Rules, type State, seenIn, type Told } from './contract';
import type { Sequence, Step } from './sequence';

/** What a client was told of an act, and the part of the act that the archive did not refuse for a failure of its own. */
interface Answer {
  readonly told: Told;
  readonly act: Act;
}

/** Other content under UIDs that are known. */
const CONFLICT = 0x0111;
const COMPACTED_AFTER_MS = 10 * 60_000;
const HOLD: RequestInit = {
  method: 'PUT',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({ reason: 'a case' }),
};

/**
 * Carries a sequence out in a study of its own and compares the archive with the model after each step. A client that got
 * no answer does not know whether its act was carried out, and two acts at the same time may come in either order, so
 * there may be several states in which the model can be; what clients see leaves those that fit.
 */
export class SequenceRun {
  readonly samples: readonly Sample[];
  readonly findings: string[] = [];
  private states: readonly State[] = [EMPTY];
  private readonly clients = new Map<number, Client>();
  private readonly rules: Rules;

  constructor(
    private readonly world: World,
    private readonly sequence: Sequence,
    readonly study: string,
  ) {
    this.rules = { policy: sequence.policy, retentionMs: DEFAULT_DUPLICATES.retentionMs };
    const sent = sequence.steps.flatMap(({ act, meanwhile }) => [act, ...(meanwhile ? [meanwhile.act] : [])]);
    const named = new Set(sent.flatMap((act) => (act.kind === 'store' ? act.sent.map((each) => each.join(' ')) : [])));
    this.samples = [...named].map((each) => this.sampleOf(each.split(' ')[0]!, Number(each.split(' ')[1])));
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

  /** Lifts a legal hold, so that the sweeper may reclaim. */
  async lift(isolate: Isolate): Promise<void> {
    await isolate.fetch(`${this.pathOf('')}/hold`, { method: 'DELETE' });
  }

  /** Compares what clients see with the model. */
  async compare(client = 0): Promise<void> {
    const { seen, findings } = await look(this.client(client).isolate, [this.study], this.samples);
    this.findings.push(...findings);
    const names = new Map([...seen].map(([sop, content]) => [sop.slice(this.study.length + 1), content]));
    const fitting = this.states.filter((state) => isSame(seenIn(state), names));
    if (fitting.length === 0) {
      const expected = this.states.map((state) => JSON.stringify([...seenIn(state)])).join(' or ');
      this.findings.push(`clients see ${JSON.stringify([...names])}, and should see ${expected}`);
    } else this.states = fitting;
  }

  private async step(step: Step): Promise<void> {
    if (step.passed > 0) await this.world.pass(step.passed);
    // Times in the archive are milliseconds; no two acts are at the same one.
    advance(5);
    const now = Date.now();
    const client = this.client(step.client);
    let beside: Answer | undefined;
    client.injection = new Injection(
      step.fault,
      async () => {
        if (step.meanwhile === undefined) return;
        advance(5);
        beside = await this.act(this.client(step.meanwhile.client), step.meanwhile.act);
      },
      true,
    );
    client.injection.begin(client.isolate);
    const answer = await this.act(client, step.act);
    client.injection.end();
    if (client.killed) this.clients.delete(step.client);
    if (step.fault?.on !== undefined && client.injection.hit === undefined)
      this.findings.push('no call fits the fault');
    if (beside === undefined) {
      this.become((state) => this.after(state, step.act, answer, now));
      if (step.meanwhile !== undefined && client.injection.hit !== undefined && this.besideFailed)
        this.findings.push('an act beside a fault of another client got no answer');
    } else {
      const other = beside;
      this.become((state) => [
        ...this.after(state, step.act, answer, now, true).flatMap((next) => this.after(next, other.act, other, now)),
        ...this.after(state, other.act, other, now).flatMap((next) => this.after(next, step.act, answer, now, true)),
        // What was deleted before its sender got an answer may be told to have failed.
        ...(other.act.kind === 'delete' && step.act.kind === 'store' && answer !== undefined && answer.act !== step.act
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

  private besideFailed = false;

  /**
   * The states after an act that fit what the client was told.
   * @param disturbed another act came between the looks of this one: why it found nothing to do may be the reason of before
   * or of afterwards
   */
  private after(state: State, asked: Act, answer: Answer | undefined, now: number, disturbed = false): State[] {
    if (answer === undefined) return [state, apply(state, asked, now, this.rules).state];
    const { state: next, told } = apply(state, answer.act, now, this.rules);
    const isSameStatus =
      answer.told.status === told.status ||
      asked.kind === 'store' ||
      (disturbed && answer.told.status >= 400 && told.status >= 400);
    return isSameStatus && told.conflicts.join() === answer.told.conflicts.join() ? [next] : [];
  }

  private become(next: (state: State) => State[]): void {
    const states = new Map(this.states.flatMap(next).map((state) => [JSON.stringify(state), state]));
    this.states = [...states.values()];
  }

  /** @returns undefined when the client does not know whether its act was carried out */
  private async act(client: Client, act: Act): Promise<Answer | undefined> {
    try {
      const answer = await this.carryOut(client.isolate, act);
      if (answer === undefined) this.besideFailed = true;
      return answer;
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
      client.killed = true;
      return undefined;
    }
  }

  private async carryOut(isolate: Isolate, act: Act): Promise<Answer | undefined> {
    switch (act.kind) {
      case 'store':
        return await this.store(isolate, act);
      case 'delete':
        return known(act, await isolate.fetch(this.pathOf(act.scope), { method: 'DELETE' }), [204, 404, 410, 423]);
      case 'restore':
        return known(
          act,
          await isolate.fetch(`${this.pathOf(act.scope)}/restore`, { method: 'POST' }),
          [204, 404, 409, 423],
        );
      case 'sweep':
        try {
          await isolate.hourly();
          return { act, told: { status: 200, conflicts: [] } };
        } catch (error) {
          if (error instanceof Killed) throw error;
          return undefined;
        }
      case 'hold':
      case 'lift': {
        const { status } = await isolate.fetch(
          `${this.pathOf('')}/hold`,
          act.kind === 'hold' ? HOLD : { method: 'DELETE' },
        );
        return status === 204 || status === 404 ? { act, told: { status: 200, conflicts: [] } } : undefined;
      }
      case 'compact':
        advance(COMPACTED_AFTER_MS);
        await isolate.deliver();
        return { act, told: { status: 200, conflicts: [] } };
    }
  }

  private async store(isolate: Isolate, act: Act & { readonly kind: 'store' }): Promise<Answer | undefined> {
    const files = act.sent.map(([name, content]) => this.sampleOf(name, content).file);
    const response = await isolate.store(files);
    const text = await response.text();
    const answer: DicomJson = text.startsWith('{') ? JSON.parse(text) : {};
    if (!('00081199' in answer) && !('00081198' in answer)) return undefined;
    const refused = ((answer['00081198']?.Value ?? []) as DicomJson[]).map((item) => ({
      name: String(item['00081155']?.Value?.[0]).slice(this.study.length + 1),
      reason: item['00081197']?.Value?.[0],
    }));
    const conflicts = refused.filter(({ reason }) => reason === CONFLICT).map(({ name }) => name);
    const failed = refused.filter(({ reason }) => reason !== CONFLICT).map(({ name }) => name);
    const sent = act.sent.filter(([name]) => !failed.includes(name));
    const taken = failed.length === 0 ? act : { ...act, sent };
    return { act: taken, told: { status: response.status, conflicts } };
  }

  private client(number: number): Client {
    const found = this.clients.get(number);
    if (found !== undefined) return found;
    const made: Client = {
      killed: false,
      injection: undefined,
      isolate: new Isolate(this.world, { DUPLICATES: this.sequence.policy }, (call, work) =>
        made.injection === undefined ? work() : made.injection.through(call, work),
      ),
    };
    this.clients.set(number, made);
    return made;
  }

  private pathOf(scope: string): string {
    const [series, number] = scope.split('.');
    const study = `/dicomweb/studies/${this.study}`;
    if (!series) return study;
    const path = `${study}/series/${this.study}.${series}`;
    return number === undefined ? path : `${path}/instances/${this.study}.${scope}`;
  }

  private sampleOf(name: string, content: number): Sample {
    const known = this.samples?.find(({ sop, content: other }) => sop === `${this.study}.${name}` && other === content);
    const [series] = name.split('.');
    return known ?? sample(this.study, `${this.study}.${series}`, `${this.study}.${name}`, content, content === 3);
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

function known(act: Act, { status }: Response, statuses: readonly number[]): Answer | undefined {
  return statuses.includes(status) ? { act, told: { status, conflicts: [] } } : undefined;
}

function isSame(one: ReadonlyMap<string, number>, other: ReadonlyMap<string, number>): boolean {
  return one.size === other.size && [...one].every(([name, content]) => other.get(name) === content);
}
