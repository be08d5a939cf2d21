import { isDiskFull } from '../outbox/disk-space.mjs';
import { rest } from '../rest.mjs';
import { BackOff } from './back-off.mjs';
import { isSettled, nextBatch } from './batch.mjs';
import { ConfirmOrRefuse } from './confirm-or-refuse.mjs';
import { NoToken } from './credentials.mjs';
import { DamagedFile } from './entry-file.mjs';
import { EntryHistories } from './entry-histories.mjs';
import { NoAnswer } from './http-client.mjs';
import { outcomeOf } from './outcome.mjs';
import { RequestLength } from './request-length.mjs';
import { PART_OVERHEAD, storeRequest } from './stow.mjs';

/**
 * @typedef {import('../outbox/entry-name.mjs').Entry} Entry
 * @typedef {import('./confirm-or-refuse.mjs').Trouble} Trouble
 *
 * @typedef {import('./confirm-or-refuse.mjs').ResultParts & OwnParts} ForwarderParts
 *
 * @typedef {object} OwnParts
 * @property {import('./http-client.mjs').HTTPClient} http
 * @property {import('./credentials.mjs').Credentials} credentials
 * @property {import('./bandwidth.mjs').Bandwidth} bandwidth
 * @property {import('./resumable-upload.mjs').ResumableUploads} uploads
 * @property {(entry: Entry) => Promise<void>} prepare is called before an entry is sent, and may replace its file
 * @property {string} base of the archive
 * @property {import('./batch.mjs').BatchLimits} limits
 * @property {number} lanes requests at the same time
 * @property {number} settle milliseconds after the last instance of a study arrived until it is sent
 * @property {{ first: number, longest: number }} backOff milliseconds
 */

/** Sends the entries of the outbox to the archive, study by study. */
export class Forwarder {
  #parts;
  #backOff;
  /** @type {Set<string>} studies that are being sent */
  #busy = new Set();
  #histories;
  #length;
  #stop = new AbortController();
  #results;
  /** @type {Promise<unknown>} */
  #lanes = Promise.resolve();

  /** @param {ForwarderParts} parts */
  constructor(parts) {
    this.#parts = parts;
    this.#backOff = new BackOff(parts.backOff.first, parts.backOff.longest);
    this.#length = new RequestLength(parts.limits.bytes);
    this.#histories = new EntryHistories(parts.backOff);
    this.#results = new ConfirmOrRefuse(parts, this.#histories, this.#stop.signal);
  }

  start() {
    this.#lanes = Promise.all(Array.from({ length: this.#parts.lanes }, () => this.#lane()));
  }

  /** Breaks off requests. Entries that were not confirmed stay in the outbox. */
  async stop() {
    this.#stop.abort();
    await this.#lanes;
  }

  /** Whether the last request failed, so that the forwarder waits before the next one. */
  get isWaiting() {
    return this.#backOff.failures > 0;
  }

  async #lane() {
    const { signal } = this.#stop;
    const pause = Math.min(250, Math.max(10, this.#parts.settle));
    while (!signal.aborted) {
      const batch = this.#take();
      if (batch.length === 0) {
        await rest(Math.max(pause, Math.min(this.#backOff.left, 1000)), signal);
        continue;
      }
      const study = /** @type {Entry} */ (batch[0]).studyInstanceUID;
      this.#busy.add(study);
      try {
        await this.#forward(batch);
      } catch (error) {
        if (signal.aborted) return;
        // For example an error of the disk. No entry is lost, and the batch is tried again.
        const kind = isDiskFull(error) ? 'disk-full' : 'no-answer';
        this.#failed(batch, kind, `error ${/** @type {any} */ (error).code ?? 'in the gateway'}`);
      } finally {
        this.#busy.delete(study);
      }
    }
  }

  /** @returns {Entry[]} */
  #take() {
    const { outbox, bandwidth, limits, settle } = this.#parts;
    if (this.#backOff.left > 0 || bandwidth.rate === 0) return [];
    for (const study of outbox.studies) {
      if (this.#busy.has(study.studyInstanceUID) || !isSettled(study, settle, limits.instances)) continue;
      const batch = nextBatch(study.entries, { ...limits, bytes: this.#length.bytes }, (entry) => this.#stateOf(entry));
      if (batch.length > 0) return batch;
    }
    return [];
  }

  /** @param {Entry} entry */
  #stateOf(entry) {
    const state = this.#histories.stateOf(entry);
    return state === 'ready' && this.#isLarge(entry) ? 'alone' : state;
  }

  /** @param {Entry} entry */
  #isLarge(entry) {
    return entry.bytes + 2 * PART_OVERHEAD > this.#parts.limits.bytes || this.#histories.isLarge(entry);
  }

  /** @param {Entry[]} batch */
  async #forward(batch) {
    const { uploads, prepare } = this.#parts;
    const [first] = batch;
    try {
      for (const entry of batch) await prepare(entry);
      const large = first !== undefined && this.#isLarge(first) && (await uploads.areOffered(this.#stop.signal));
      const outcome = large
        ? await uploads.store(first, String(this.#histories.attempts(first)), this.#stop.signal)
        : await this.#store(batch);
      await this.#apply(batch, outcome, large);
    } catch (error) {
      if (this.#stop.signal.aborted) throw error;
      if (error instanceof DamagedFile) await this.#results.damaged(error.entry);
      else if (error instanceof NoAnswer) this.#failed(batch, 'no-answer', error.message);
      else if (error instanceof NoToken)
        this.#failed(batch, error.status >= 500 ? 'wait' : 'configuration', error.message);
      else throw error;
    }
  }

  /** @param {Entry[]} entries */
  async #store(entries) {
    const { base, bandwidth, credentials, http, outbox } = this.#parts;
    const request = storeRequest({
      base,
      entries,
      attempt: entries.map((entry) => this.#histories.attempts(entry)).join(),
      pathOf: (entry) => outbox.path(entry),
      bandwidth,
      credentials: await credentials.headers(),
    });
    const answer = await http.send(request, this.#stop.signal);
    if (answer.status === 401) credentials.refused();
    return outcomeOf(answer, entries.length);
  }

  /**
   * @param {Entry[]} batch
   * @param {import('./outcome.mjs').Outcome} outcome
   * @param {boolean} wasResumable
   */
  async #apply(batch, { kind, results, refusal, retryAfter }, wasResumable) {
    if (kind === 'wait' || kind === 'configuration') return this.#failed(batch, kind, refusal.reason, retryAfter);
    this.#backOff.succeeded();
    const [first] = batch;
    if (kind === 'answered') {
      this.#length.answered();
      return this.#results.settle(batch, results, refusal.status);
    }
    if (kind === 'too-large' && batch.length > 1) {
      this.#length.tooLarge();
      return undefined;
    }
    if (kind === 'too-large' && first && !wasResumable && (await this.#parts.uploads.areOffered(this.#stop.signal))) {
      this.#histories.setLarge(first);
      return undefined;
    }
    for (const entry of batch) {
      if (kind === 'unclear') await this.#results.sendAgain(entry, refusal);
      else await this.#results.refuse(entry, refusal);
    }
    return undefined;
  }

  /**
   * @param {Entry[]} batch
   * @param {Trouble['kind']} kind
   * @param {string} reason
   * @param {number} [retryAfter]
   */
  #failed(batch, kind, reason, retryAfter = 0) {
    this.#backOff.failed(retryAfter);
    if (kind === 'no-answer') this.#length.dropped(this.#backOff.failures);
    this.#parts.observer.onTrouble(batch, { kind, reason });
  }
}
