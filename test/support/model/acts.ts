import type { DicomJson } from '../../../src/dicom/json/json-model';
import { closeSession, newSession, uploadAtOnce } from '../clients/upload-client';
import { advance } from '../faults/clock';
import { type Sample, sample } from '../faults/contents';
import { type Isolate, Killed } from '../faults/isolate';
import type { Act, Told } from './contract';

/** What a client was told of an act, and the part of the act that the archive did not refuse for a failure of its own. */
export interface Answer {
  readonly told: Told;
  readonly act: Act;
}

/** Other content under UIDs that are known. */
const CONFLICT = 0x0111;
const COMPACTED_AFTER_MS = 10 * 60_000;
const DICOM_JSON = { Accept: 'application/dicom+json' };
/** A share is certainly valid for so long. */
const SHARED_MS = 3_600_000;

/** The label of a number. */
export function labelText(label: number): string {
  return `label-${label}`;
}

/** Sends the requests of acts on one study. */
export class Acts {
  private readonly known: Sample[] = [];
  private readonly shares: { readonly id: string; readonly token: string; readonly madeAt: number }[] = [];
  private readonly ended: string[] = [];

  constructor(private readonly study: string) {}

  /**
   * @param now the time of the act in the model, milliseconds since 1970
   * @returns undefined when the client does not know whether the act was carried out
   */
  async carryOut(isolate: Isolate, act: Act, now: number): Promise<Answer | undefined> {
    switch (act.kind) {
      case 'store':
        return answerOf(this.study, act, await isolate.store(this.filesOf(act)));
      case 'upload':
        return await this.upload(isolate, act);
      case 'delete':
        return known(act, await isolate.fetch(this.pathOf(act.scope), { method: 'DELETE' }), [204, 404, 410, 423]);
      case 'restore':
        return known(
          act,
          await isolate.fetch(`${this.pathOf(act.scope)}/restore`, { method: 'POST' }),
          [202, 204, 404, 409, 423],
        );
      case 'sweep':
        return await hourly(isolate, act);
      case 'hold':
      case 'lift': {
        const asked = act.kind === 'hold' ? json('PUT', { reason: 'a case' }) : { method: 'DELETE' };
        return isKnown(act, await isolate.fetch(`${this.pathOf('')}/hold`, asked), [204, 404]);
      }
      case 'label': {
        const asked = json('PUT', [labelText(act.label)]);
        return known(act, await isolate.fetch(`${this.pathOf('')}/labels`, asked), [200, 404, 410]);
      }
      case 'share':
        return await this.share(isolate, act, now);
      case 'revoke':
        return await this.revoke(isolate, act);
      case 'compact':
        advance(COMPACTED_AFTER_MS);
        await isolate.deliver();
        return { act, told: { status: 200, conflicts: [] } };
    }
  }

  /** @returns undefined: no label, or no study */
  async labelOf(isolate: Isolate): Promise<number | undefined> {
    const response = await isolate.fetch(`${this.pathOf('')}/labels`);
    if (response.status !== 200) return undefined;
    const [label] = (await response.json()) as string[];
    return label === undefined ? undefined : Number(label.slice(labelText(0).length - 1));
  }

  /**
   * Opens the shares of the study, which is there.
   * @param deletions when the study may have been deleted last, milliseconds since 1970; undefined: never
   * @returns what is wrong, in words
   */
  async compareShares(isolate: Isolate, deletions: readonly (number | undefined)[]): Promise<string[]> {
    const findings: string[] = [];
    for (const { token, madeAt } of this.shares) {
      if (Date.now() - madeAt > SHARED_MS) continue;
      const { status } = await isolate.fetch('/shares/open', json('POST', { token }));
      // A deletion at the same time may have come before it or after it.
      const mayOpen = deletions.some((at = 0) => at <= madeAt);
      const mayHaveEnded = deletions.some((at = 0) => at >= madeAt);
      if (status === 200 && !mayOpen) findings.push('a share of a study that was deleted opens another one');
      if (status !== 200 && !(status === 403 && mayHaveEnded))
        findings.push(`a share that was given out is answered with ${status}`);
    }
    for (const token of this.ended) {
      const { status } = await isolate.fetch('/shares/open', json('POST', { token }));
      if (status === 200) findings.push('a share that was ended still opens');
    }
    return findings;
  }

  sampleOf(name: string, content: number): Sample {
    const found = this.known.find(({ sop, content: other }) => sop === `${this.study}.${name}` && other === content);
    if (found !== undefined) return found;
    const [series] = name.split('.');
    const made = sample(this.study, `${this.study}.${series}`, `${this.study}.${name}`, content, content === 3);
    this.known.push(made);
    return made;
  }

  private filesOf({ sent }: Sending): Uint8Array[] {
    return sent.map(([name, content]) => this.sampleOf(name, content).file);
  }

  private async upload(isolate: Isolate, act: Sending): Promise<Answer | undefined> {
    const session = await newSession(isolate).catch((error: unknown) => {
      if (error instanceof Killed) throw error;
      return undefined;
    });
    if (session === undefined) return undefined;
    for (const file of this.filesOf(act)) {
      if ((await uploadAtOnce(isolate, file, session)).status !== 201) return undefined;
    }
    return await answerOf(this.study, act, await closeSession(isolate, session, DICOM_JSON));
  }

  private async share(isolate: Isolate, act: Act, now: number): Promise<Answer | undefined> {
    const response = await isolate.fetch(`${this.pathOf('')}/shares`, json('POST', {}));
    if (response.status !== 201) return isKnown(act, response, [404, 410]);
    this.shares.push({ ...((await response.json()) as { id: string; token: string }), madeAt: now });
    return { act, told: { status: 200, conflicts: [] } };
  }

  private async revoke(isolate: Isolate, act: Act): Promise<Answer | undefined> {
    const last = this.shares.pop();
    if (last === undefined) return { act, told: { status: 200, conflicts: [] } };
    const response = await isolate.fetch(`/shares/${last.id}`, { method: 'DELETE' });
    if (response.status === 204) this.ended.push(last.token);
    return isKnown(act, response, [204, 404]);
  }

  private pathOf(scope: string): string {
    const [series, number] = scope.split('.');
    const study = `/dicomweb/studies/${this.study}`;
    if (!series) return study;
    const path = `${study}/series/${this.study}.${series}`;
    return number === undefined ? path : `${path}/instances/${this.study}.${scope}`;
  }
}

type Sending = Act & { readonly kind: 'store' | 'upload' };

async function answerOf(study: string, act: Sending, response: Response): Promise<Answer | undefined> {
  const text = await response.text();
  const answer: DicomJson = text.startsWith('{') ? JSON.parse(text) : {};
  if (!('00081199' in answer) && !('00081198' in answer)) return undefined;
  const refused = ((answer['00081198']?.Value ?? []) as DicomJson[]).map((item) => ({
    name: String(item['00081155']?.Value?.[0]).slice(study.length + 1),
    reason: item['00081197']?.Value?.[0],
  }));
  const conflicts = refused.filter(({ reason }) => reason === CONFLICT).map(({ name }) => name);
  const failed = refused.filter(({ reason }) => reason !== CONFLICT).map(({ name }) => name);
  const sent = act.sent.filter(([name]) => !failed.includes(name));
  const taken = failed.length === 0 ? act : { ...act, sent };
  return { act: taken, told: { status: response.status, conflicts } };
}

async function hourly(isolate: Isolate, act: Act): Promise<Answer | undefined> {
  try {
    await isolate.hourly();
    return { act, told: { status: 200, conflicts: [] } };
  } catch (error) {
    if (error instanceof Killed) throw error;
    return undefined;
  }
}

function json(method: string, body: unknown): RequestInit {
  return { method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
}

function known(act: Act, { status }: Response, statuses: readonly number[]): Answer | undefined {
  return statuses.includes(status) ? { act, told: { status, conflicts: [] } } : undefined;
}

/** For acts that may be repeated: the status does not tell whether something changed. */
function isKnown(act: Act, { status }: Response, statuses: readonly number[]): Answer | undefined {
  return statuses.includes(status) ? { act, told: { status: 200, conflicts: [] } } : undefined;
}
