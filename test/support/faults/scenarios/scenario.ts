import type { DicomJson } from '../../../../src/dicom/json/json-model';
import type { Sample, Seen } from '../contents';
import type { Isolate } from '../isolate';
import type { World } from '../world';

/**
 * What the sender knows when the work has ended. all: it was told that all is done. nothing: it got no answer, or one that
 * says to send the request again. Otherwise the SOP Instance UIDs that were stored and those that were refused.
 */
export type Outcome = 'all' | 'nothing' | { readonly stored: readonly string[]; readonly refused: readonly string[] };

/** Work in which each call of the platform fails in turn. It is made again for each point. */
export interface Scenario {
  readonly name: string;
  /** Settings of the deployment. */
  readonly variables?: Readonly<Record<string, string>>;
  /** All instances of the scenario, in all their contents. */
  readonly samples: readonly Sample[];
  /** What clients see before the work, and once it is done. */
  readonly before: Seen;
  readonly after: Seen;
  /** Prepares the archive; nothing fails. */
  prepare?(isolate: Isolate, world: World): Promise<void>;
  /** The work; the client repeats it until it is done. */
  run(isolate: Isolate, world: World): Promise<Outcome>;
  /**
   * Checks what the services of instances do not show.
   * @returns what is wrong, in words
   */
  check?(world: World, phase: Phase): Promise<readonly string[]>;
  /** The isolate begins with this work: what its first request asks of the platform counts too. */
  readonly cold?: boolean;
  /** Whether reads of studies fail. They may until the work is done. */
  isClosed?(isolate: Isolate): Promise<boolean>;
  /** Work that failed may have stored more than it was told, each instance as a whole. */
  readonly atLeast?: boolean;
  /** An object that it left may belong to an upload, which has to expire before the sweeper looks at the object. */
  readonly isReclaimedLate?: boolean;
  /** Whether each run makes a new change, so that two clients at once do not end where one does. */
  readonly alone?: boolean;
}

/** fault: the work was cut somewhere. repeated: it is done. end: the sweeper has had its time, too. */
export type Phase = 'fault' | 'repeated' | 'end';

/** The scenario is wrong, not the archive. */
export function expectStatus(response: Response, ...statuses: readonly number[]): void {
  if (!statuses.includes(response.status)) throw new Error(`prepared with status ${response.status}`);
}

/** Whether the archive says that it cannot be read yet. */
export async function refusesReads(isolate: Isolate): Promise<boolean> {
  return (await isolate.fetch('/dicomweb/studies?limit=1')).status === 503;
}

/** What the answer to a Store request says. */
export async function outcomeOfStore(response: Response): Promise<Outcome> {
  const text = await response.text();
  if (response.status === 200) return 'all';
  const answer: DicomJson = text.startsWith('{') ? JSON.parse(text) : {};
  if (!('00081199' in answer) && !('00081198' in answer)) return 'nothing';
  return { stored: sopsOf(answer, '00081199'), refused: sopsOf(answer, '00081198') };
}

function sopsOf(dataSet: DicomJson, tag: string): string[] {
  return ((dataSet[tag]?.Value ?? []) as DicomJson[]).map((item) => String(item['00081155']?.Value?.[0]));
}

/** What a status says: done, or nothing. */
export function outcomeOfStatus({ status }: Response, ...done: readonly number[]): Outcome {
  return done.includes(status) ? 'all' : 'nothing';
}
