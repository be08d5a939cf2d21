import { CommandField, Status } from '../association/command-set.mjs';
import { collect } from '../association/incoming-data.mjs';
import { readDataSet, UnreadableDataSet } from '../dicom/data-set-reader.mjs';
import { chooseUncompressed } from '../dicom/transfer-syntaxes.mjs';
import { isUsableUID } from '../dicom/uid.mjs';
import { PUSH_MODEL, PUSH_MODEL_INSTANCE } from './commitment-work.mjs';

/** Status of N-ACTION: PS3.7 10.1.4.1.10. */
const ActionStatus = /** @type {const} */ ({
  Success: Status.Success,
  NoSuchSOPInstance: Status.NoSuchSOPInstance,
  InvalidArgument: 0x0115,
  NoSuchAction: 0x0123,
  DuplicateInvocation: Status.DuplicateInvocation,
  ResourceLimitation: 0x0213,
});

/** PS3.4 table J.3-1. */
const REQUEST_STORAGE_COMMITMENT = 1;

const MOST_ACTION_BYTES = 32 * 1024 * 1024;

/** Instances of one request. */
const MOST_REFERENCES = 50_000;

/** Requests that are not answered yet. */
const MOST_PENDING = 10_000;

/**
 * Storage commitment, push model: PS3.4 J.3.2. A request is acknowledged when it is on the disk.
 * @param {object} parts
 * @param {import('./pending-commitments.mjs').PendingCommitments} parts.pending
 * @param {import('./commitment-work.mjs').CommitmentWork} parts.work
 * @returns {import('../association/negotiate.mjs').Service}
 */
export function commitmentService({ pending, work }) {
  return {
    provides: (uid) => uid === PUSH_MODEL,
    chooseTransferSyntax: chooseUncompressed,
    handlers: {
      [CommandField.N_ACTION_RQ]: async (request) => {
        const { association, command } = request;
        if (command.RequestedSOPInstanceUID !== PUSH_MODEL_INSTANCE) return { Status: ActionStatus.NoSuchSOPInstance };
        if (command.ActionTypeID !== REQUEST_STORAGE_COMMITMENT) return { Status: ActionStatus.NoSuchAction };
        const asked = await actionInformation(request);
        if (!asked) return { Status: ActionStatus.InvalidArgument };
        const { callingAETitle: aeTitle, calledAETitle } = association;
        const known = pending.find(aeTitle, asked.transactionUID);
        if (known) {
          // The response to the first request may have been lost.
          const isSame = JSON.stringify(known.references) === JSON.stringify(asked.references);
          return { Status: isSame ? ActionStatus.Success : ActionStatus.DuplicateInvocation };
        }
        if (pending.size >= MOST_PENDING) return { Status: ActionStatus.ResourceLimitation };
        const commitment = { ...asked, aeTitle, calledAETitle, receivedAt: Date.now() };
        try {
          await pending.keep(commitment);
        } catch {
          return { Status: ActionStatus.ResourceLimitation, ErrorComment: 'the gateway cannot write to its disk' };
        }
        work.add(commitment, association);
        return { Status: ActionStatus.Success };
      },
    },
  };
}

/**
 * @param {import('../association/exchange.mjs').Request} request
 * @returns {Promise<Pick<import('./pending-commitments.mjs').Commitment, 'transactionUID' | 'references'> | undefined>}
 *   undefined, if it is not as PS3.4 table J.3-1 wants it
 */
async function actionInformation({ data, context }) {
  try {
    const dataSet = readDataSet(
      data ? await collect(data, MOST_ACTION_BYTES) : Buffer.alloc(0),
      context.transferSyntax,
    );
    const transactionUID = uidIn(dataSet, 0x00081195);
    const references = (dataSet.get(0x00081199)?.items ?? []).map((item) => ({
      sopClassUID: uidIn(item, 0x00081150),
      sopInstanceUID: uidIn(item, 0x00081155),
    }));
    const isComplete = references.every(
      ({ sopClassUID, sopInstanceUID }) => isUsableUID(sopClassUID) && isUsableUID(sopInstanceUID),
    );
    if (!isUsableUID(transactionUID) || references.length === 0 || !isComplete) return undefined;
    return references.length > MOST_REFERENCES ? undefined : { transactionUID, references };
  } catch (error) {
    if (error instanceof UnreadableDataSet) return undefined;
    throw error;
  }
}

/**
 * @param {import('../dicom/data-set-reader.mjs').DataSet} dataSet
 * @param {number} tag
 */
function uidIn(dataSet, tag) {
  return (dataSet.get(tag)?.value ?? Buffer.alloc(0))
    .toString('latin1')
    .replace(/[\0 ]+$/, '')
    .trim();
}
