import { CommandField, Status } from '../association/command-set.mjs';
import { openAssociation } from '../association/requestor.mjs';
import { writeDataSet } from '../dicom/data-set-writer.mjs';
import { TransferSyntax } from '../dicom/transfer-syntaxes.mjs';
import { rest } from '../rest.mjs';
import { commitmentsOf, FailureReason } from './archive-commitment.mjs';

/** Storage Commitment Push Model, and its well-known instance: PS3.4 J.3. */
export const PUSH_MODEL = '1.2.840.10008.1.20.1';
export const PUSH_MODEL_INSTANCE = '1.2.840.10008.1.20.1.1';

/** PS3.4 table J.3-3. */
const EventType = { Successful: 1, FailuresExist: 2 };

/** Milliseconds between two looks at the outbox. The first look comes after the response to the request. */
const LOOK_MS = 1000;
const FIRST_LOOK_MS = 100;

/** After each failure the pause before the next attempt doubles, up to this number of milliseconds. */
const LONGEST_PAUSE_MS = 10 * 60 * 1000;

const DAY_MS = 86_400_000;

/**
 * @typedef {import('./pending-commitments.mjs').Commitment} Commitment
 * @typedef {import('./pending-commitments.mjs').Result} Result
 *
 * @typedef {object} WorkParts
 * @property {import('./pending-commitments.mjs').PendingCommitments} pending
 * @property {import('../archive/archive.mjs').Archive} archive
 * @property {{ entriesOf(sopInstanceUID: string): readonly unknown[] }} outbox
 * @property {{ lookUp(sopInstanceUIDs: Iterable<string>): Promise<Map<string, { sha256: string, isRefused?: boolean }>> }} confirmations
 * @property {(aeTitle: string) => import('../retrieve/move.mjs').Peer | undefined} peerOf where an application entity listens
 * @property {(event: string, fields: Record<string, string | number | boolean>) => void} [onEvent]
 * @property {number} [lookMs] milliseconds between the looks at what waits, and the first pause after a failure
 * @property {number} [days] for which instances may wait, and then for which a report is tried
 * @property {Partial<import('../association/exchange.mjs').Timeouts>} [timeouts]
 */

/**
 * Answers requests for storage commitment: PS3.4 annex J. A request waits until all of its instances have left the outbox.
 * Then the gateway asks the archive, and sends the report to the application entity of the request: on the association of
 * the request if it is still open, otherwise on a new one.
 */
export class CommitmentWork {
  #parts;
  #stop = new AbortController();
  /** @type {Set<Promise<void>>} */
  #running = new Set();
  /** @type {Map<Commitment, import('../association/association.mjs').Association>} */
  #associations = new Map();
  #isStarted = false;

  /** @param {WorkParts} parts */
  constructor(parts) {
    this.#parts = parts;
  }

  /**
   * Continues with the requests of earlier runs. Call it after the outbox has read all of its entries: an instance that is
   * neither in the outbox nor was ever forwarded counts as unknown.
   */
  start() {
    this.#isStarted = true;
    for (const commitment of this.#parts.pending.all()) this.#begin(commitment);
  }

  /**
   * @param {Commitment} commitment that was kept
   * @param {import('../association/association.mjs').Association} association on which it was requested
   */
  add(commitment, association) {
    this.#associations.set(commitment, association);
    association.ended.finally(() => this.#associations.delete(commitment));
    if (this.#isStarted) this.#begin(commitment);
  }

  /** Stops. The next run of the gateway continues the work. */
  async stop() {
    this.#stop.abort();
    await Promise.all(this.#running);
  }

  /** @param {Commitment} commitment */
  #begin(commitment) {
    const run = this.#answer(commitment).finally(() => {
      this.#running.delete(run);
      this.#associations.delete(commitment);
    });
    this.#running.add(run);
  }

  /** @param {Commitment} commitment */
  async #answer(commitment) {
    const { pending, days = 7, lookMs = LOOK_MS } = this.#parts;
    const { signal } = this.#stop;
    let current = commitment;
    await rest(FIRST_LOOK_MS, signal);
    for (let failures = 0; !signal.aborted; ) {
      const expired = Date.now() - (current.resolvedAt ?? current.receivedAt) > days * DAY_MS;
      try {
        if (current.results) {
          if (expired) this.#tell('commitment-not-reported', current, {});
          else await this.#report(commitment, current.results);
          await pending.remove(current);
          return;
        }
        const results = expired ? current.references.map(lost) : await this.#resolve(current);
        if (results) {
          current = { ...current, results, resolvedAt: Date.now() };
          await pending.keep(current);
          failures = 0;
        } else await rest(lookMs, signal);
      } catch (error) {
        if (signal.aborted) return;
        failures++;
        const reason = error instanceof Error ? error.message : 'error';
        this.#tell('commitment-delayed', current, { failures, reason, isResolved: current.results !== undefined });
        await rest(Math.min(lookMs * 2 ** (failures - 1), LONGEST_PAUSE_MS) * (0.5 + Math.random() / 2), signal);
      }
    }
  }

  /**
   * @param {Commitment} commitment
   * @returns {Promise<Result[] | undefined>} undefined while an instance waits to be forwarded
   */
  async #resolve({ references }) {
    const { outbox, confirmations, archive } = this.#parts;
    // An instance leaves the outbox after the journal has it, so the outbox is asked first.
    if (references.some(({ sopInstanceUID }) => outbox.entriesOf(sopInstanceUID).length > 0)) return undefined;
    const forwarded = await confirmations.lookUp(references.map(({ sopInstanceUID }) => sopInstanceUID));
    const asked = references.flatMap((reference) => {
      const confirmation = forwarded.get(reference.sopInstanceUID);
      return confirmation && !confirmation.isRefused ? [{ ...reference, sha256: confirmation.sha256 }] : [];
    });
    const found = await commitmentsOf(archive, asked, this.#stop.signal);
    return references.map((reference) => {
      // The gateway never had it, or the archive has refused what came last.
      if (!found.has(reference.sopInstanceUID))
        return { ...reference, failureReason: FailureReason.NoSuchObjectInstance };
      const failureReason = found.get(reference.sopInstanceUID);
      return failureReason === undefined ? reference : { ...reference, failureReason };
    });
  }

  /**
   * @param {Commitment} commitment
   * @param {readonly Result[]} results
   * @throws {Error} when the report did not arrive
   */
  async #report(commitment, results) {
    const failed = results.filter(({ failureReason }) => failureReason !== undefined);
    const eventType = failed.length > 0 ? EventType.FailuresExist : EventType.Successful;
    const dataSet = eventInformation(commitment, results);
    const same = this.#associations.get(commitment);
    const isReported = same !== undefined && (await send(same, eventType, dataSet).catch(() => false));
    if (!isReported) await this.#reportAnew(commitment, eventType, dataSet);
    this.#tell('commitment-reported', commitment, { instances: results.length, failed: failed.length });
  }

  /**
   * @param {Commitment} commitment
   * @param {number} eventType
   * @param {import('../dicom/data-set-writer.mjs').JSONDataSet} dataSet
   */
  async #reportAnew({ aeTitle, calledAETitle }, eventType, dataSet) {
    const { peerOf, timeouts } = this.#parts;
    const peer = peerOf(aeTitle);
    if (!peer) throw new Error('the configuration has no address of the application entity');
    const association = await openAssociation({
      ...peer,
      callingAETitle: calledAETitle,
      calledAETitle: aeTitle,
      contexts: [
        {
          abstractSyntax: PUSH_MODEL,
          transferSyntaxes: [TransferSyntax.ExplicitVRLittleEndian, TransferSyntax.ImplicitVRLittleEndian],
          // PS3.4 J.3.3: the SCP opens the association, and says that it is the SCP.
          role: { scu: false, scp: true },
        },
      ],
      ...(timeouts ? { timeouts } : {}),
    });
    try {
      if (!(await send(association, eventType, dataSet)))
        throw new Error('the application entity does not accept the report');
    } finally {
      await association.release();
    }
  }

  /**
   * @param {string} event
   * @param {Commitment} commitment
   * @param {Record<string, string | number | boolean>} fields
   */
  #tell(event, { aeTitle, transactionUID }, fields) {
    this.#parts.onEvent?.(event, { aeTitle, transactionUID, ...fields });
  }
}

/**
 * @param {import('../association/association.mjs').Association} association
 * @param {number} eventType
 * @param {import('../dicom/data-set-writer.mjs').JSONDataSet} dataSet
 * @returns {Promise<boolean>} whether the report was taken
 */
async function send(association, eventType, dataSet) {
  const context = association.contextFor(PUSH_MODEL);
  if (!context) return false;
  const { command } = await association.request(
    context,
    {
      CommandField: CommandField.N_EVENT_REPORT_RQ,
      AffectedSOPClassUID: PUSH_MODEL,
      AffectedSOPInstanceUID: PUSH_MODEL_INSTANCE,
      EventTypeID: eventType,
    },
    writeDataSet(dataSet, context.transferSyntax),
  );
  return command.Status === Status.Success;
}

/**
 * Event Information: PS3.4 table J.3-3.
 * @param {Commitment} commitment
 * @param {readonly Result[]} results
 * @returns {import('../dicom/data-set-writer.mjs').JSONDataSet}
 */
function eventInformation({ transactionUID, calledAETitle }, results) {
  const items = (/** @type {boolean} */ areFailed) =>
    results
      .filter(({ failureReason }) => (failureReason !== undefined) === areFailed)
      .map(({ sopClassUID, sopInstanceUID, failureReason }) => ({
        '00081150': { vr: 'UI', Value: [sopClassUID] },
        '00081155': { vr: 'UI', Value: [sopInstanceUID] },
        ...(failureReason === undefined ? {} : { '00081197': { vr: 'US', Value: [failureReason] } }),
      }));
  const [committed, failed] = [items(false), items(true)];
  return {
    '00080054': { vr: 'AE', Value: [calledAETitle] },
    '00081195': { vr: 'UI', Value: [transactionUID] },
    ...(failed.length > 0 ? { '00081198': { vr: 'SQ', Value: failed } } : {}),
    ...(committed.length > 0 ? { '00081199': { vr: 'SQ', Value: committed } } : {}),
  };
}

/**
 * @param {import('./pending-commitments.mjs').Reference} reference
 * @returns {Result}
 */
function lost(reference) {
  return { ...reference, failureReason: FailureReason.ProcessingFailure };
}
