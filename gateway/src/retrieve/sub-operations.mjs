import { Status } from '../association/command-set.mjs';
import { writeDataSet } from '../dicom/data-set-writer.mjs';

/** Status of C-MOVE and C-GET: PS3.4 tables C.4-2 and C.4-3. */
export const RetrieveStatus = /** @type {const} */ ({
  UnableToCalculate: 0xa701,
  UnableToPerform: 0xa702,
  DestinationUnknown: 0xa801,
  DoesNotMatch: 0xa900,
  UnableToProcess: 0xc001,
  SomeFailed: 0xb000,
});

/** The numbers of the command are of 16 bits. */
const MOST_COUNTED = 0xffff;

/** UIDs in Failed SOP Instance UID List (0008,0058). */
const MOST_FAILED_UIDS = 10_000;

/** @typedef {'completed' | 'warning' | 'failed'} Outcome of the C-STORE of one instance */

/** Counts the sub-operations of a C-MOVE or C-GET, and tells the peer of them: PS3.7 9.1.3, 9.1.4. */
export class SubOperations {
  #request;
  #counts = { completed: 0, failed: 0, warning: 0 };
  #remaining;
  /** @type {string[]} */
  #failedUIDs = [];

  /**
   * @param {import('../association/exchange.mjs').Request} request
   * @param {number} count
   */
  constructor(request, count) {
    this.#request = request;
    this.#remaining = count;
  }

  /**
   * @param {string} sopInstanceUID
   * @param {Outcome} outcome
   */
  async done(sopInstanceUID, outcome) {
    this.#remaining--;
    this.#counts[outcome]++;
    if (outcome === 'failed' && this.#failedUIDs.length < MOST_FAILED_UIDS) this.#failedUIDs.push(sopInstanceUID);
    if (this.#remaining > 0) {
      await this.#request.respond({ Status: Status.Pending, ...this.#numbers(), ...this.#numberRemaining() });
    }
  }

  /**
   * The last response.
   * @returns {import('../association/exchange.mjs').FinalResponse}
   */
  result() {
    const { completed, failed, warning } = this.#counts;
    const isCancelled = this.#remaining > 0;
    const status = isCancelled
      ? Status.Cancel
      : failed === 0 && warning === 0
        ? Status.Success
        : completed + warning === 0
          ? RetrieveStatus.UnableToPerform
          : RetrieveStatus.SomeFailed;
    const response = { Status: status, ...this.#numbers(), ...(isCancelled ? this.#numberRemaining() : {}) };
    if (this.#failedUIDs.length === 0) return response;
    const list = { '00080058': { vr: 'UI', Value: this.#failedUIDs } };
    return { ...response, data: writeDataSet(list, this.#request.context.transferSyntax) };
  }

  #numbers() {
    const { completed, failed, warning } = this.#counts;
    return {
      NumberOfCompletedSuboperations: bounded(completed),
      NumberOfFailedSuboperations: bounded(failed),
      NumberOfWarningSuboperations: bounded(warning),
    };
  }

  #numberRemaining() {
    return { NumberOfRemainingSuboperations: bounded(this.#remaining) };
  }
}

/** @param {number} count */
function bounded(count) {
  return Math.min(count, MOST_COUNTED);
}
