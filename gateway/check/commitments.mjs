import { listen } from '../src/association/acceptor.mjs';
import { CommandField, Status } from '../src/association/command-set.mjs';
import { collect } from '../src/association/incoming-data.mjs';
import { openAssociation } from '../src/association/requestor.mjs';
import { PUSH_MODEL, PUSH_MODEL_INSTANCE } from '../src/commitment/commitment-work.mjs';
import { readDataSet } from '../src/dicom/data-set-reader.mjs';
import { writeDataSet } from '../src/dicom/data-set-writer.mjs';

const EXPLICIT = '1.2.840.10008.1.2.1';

/**
 * @typedef {object} Report of a storage commitment
 * @property {string[]} committed SOP Instance UIDs
 * @property {string[]} failed
 */

/** Asks the gateway for storage commitment, as senders do, and takes its reports. */
export class CommitmentRequests {
  /** @type {Map<string, readonly string[]>} SOP Instance UIDs by Transaction UID, of requests that were acknowledged */
  acknowledged = new Map();
  /** @type {Map<string, Report>} the first report of each */
  reports = new Map();
  #acceptor;
  #serial = 0;

  /** @param {import('../src/association/acceptor.mjs').Acceptor} acceptor */
  constructor(acceptor) {
    this.#acceptor = acceptor;
  }

  static async listen() {
    /** @type {CommitmentRequests | undefined} */
    let requests;
    const acceptor = await listen({
      host: '127.0.0.1',
      port: 0,
      services: [
        {
          provides: (uid) => uid === PUSH_MODEL,
          chooseTransferSyntax: ([first]) => first,
          requestorMayBeSCP: true,
          handlers: {
            [CommandField.N_EVENT_REPORT_RQ]: async ({ data, context }) => {
              const bytes = data ? await collect(data, 16 * 1024 * 1024) : Buffer.alloc(0);
              requests?.take(readDataSet(bytes, context.transferSyntax));
              return { Status: Status.Success };
            },
          },
        },
      ],
    });
    requests = new CommitmentRequests(acceptor);
    return requests;
  }

  /** The port on which reports are taken. */
  get port() {
    return this.#acceptor.port;
  }

  /** @param {import('../src/dicom/data-set-reader.mjs').DataSet} dataSet */
  take(dataSet) {
    const items = (/** @type {number} */ tag) => (dataSet.get(tag)?.items ?? []).map((item) => uidIn(item, 0x00081155));
    const transactionUID = uidIn(dataSet, 0x00081195);
    if (this.reports.has(transactionUID)) return;
    this.reports.set(transactionUID, { committed: items(0x00081199), failed: items(0x00081198) });
  }

  /**
   * @param {import('./sender.mjs').To} to
   * @param {readonly import('./instances.mjs').Instance[]} instances
   * @throws {Error} when the request was not acknowledged
   */
  async request(to, instances) {
    const transactionUID = `2.25.${++this.#serial}${String(Date.now())}`;
    const contexts = [{ abstractSyntax: PUSH_MODEL, transferSyntaxes: [EXPLICIT] }];
    const association = await openAssociation({ host: '127.0.0.1', calledAETitle: 'GATEWAY', ...to, contexts });
    const context = association.contextFor(PUSH_MODEL);
    if (!context) throw new Error('the presentation context was not accepted');
    const ui = (/** @type {string} */ value) => ({ vr: 'UI', Value: [value] });
    const items = instances.map(({ sopClassUID, sopInstanceUID }) => ({
      '00081150': ui(sopClassUID),
      '00081155': ui(sopInstanceUID),
    }));
    const { command } = await association.request(
      context,
      {
        CommandField: CommandField.N_ACTION_RQ,
        RequestedSOPClassUID: PUSH_MODEL,
        RequestedSOPInstanceUID: PUSH_MODEL_INSTANCE,
        ActionTypeID: 1,
      },
      writeDataSet({ '00081195': ui(transactionUID), '00081199': { vr: 'SQ', Value: items } }, EXPLICIT),
    );
    if (command.Status !== Status.Success) throw new Error(`status ${command.Status}`);
    const uids = instances.map(({ sopInstanceUID }) => sopInstanceUID);
    this.acknowledged.set(transactionUID, uids);
    await association.release();
  }

  get areReported() {
    return [...this.acknowledged.keys()].every((transactionUID) => this.reports.has(transactionUID));
  }

  /** @returns {string[]} what is wrong with the reports, when every instance is in the archive */
  faults() {
    const faults = [];
    for (const [transactionUID, uids] of this.acknowledged) {
      const report = this.reports.get(transactionUID);
      if (!report) faults.push(`transaction ${transactionUID} was not reported`);
      else if (report.failed.length > 0) faults.push(`${report.failed.length} failures in ${transactionUID}`);
      else if (report.committed.join() !== uids.join()) faults.push(`other instances in ${transactionUID}`);
    }
    return faults;
  }

  close() {
    return this.#acceptor.close();
  }
}

/**
 * @param {import('../src/dicom/data-set-reader.mjs').DataSet} dataSet
 * @param {number} tag
 */
function uidIn(dataSet, tag) {
  return (dataSet.get(tag)?.value.toString('latin1') ?? '').replace(/\0$/, '');
}
