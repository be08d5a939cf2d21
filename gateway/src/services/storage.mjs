import { CommandField, Status } from '../association/command-set.mjs';
import { fileMeta } from '../dicom/file-meta.mjs';
import { findIdentity } from '../dicom/identity.mjs';
import { isStorageClass } from '../dicom/storage-classes.mjs';
import { isUsableUID } from '../dicom/uid.mjs';
import { isDiskFull } from '../outbox/disk-space.mjs';

/** Status of C-STORE: PS3.4 table B.2-1, PS3.7 9.1.1.1.9. */
const StoreStatus = /** @type {const} */ ({
  Success: Status.Success,
  /** Stored, with a warning: data set does not match SOP class. */
  DataSetDoesNotMatchWarning: 0xb007,
  OutOfResources: 0xa700,
  DataSetDoesNotMatch: 0xa900,
  CannotUnderstand: 0xc000,
  InvalidSOPInstance: 0x0117,
});

/** The UIDs are looked for each time when one of these numbers of bytes has arrived, and not after the last of them. */
const HEADS = [4 * 1024, 64 * 1024, 1024 * 1024];

/**
 * @typedef {object} Stored what became of a C-STORE
 * @property {string} aeTitle
 * @property {number} status
 * @property {number} bytes of the file that was acknowledged; 0, if none was
 * @property {boolean} isAgain the same file waits already: it is forwarded once
 *
 * @typedef {object} StorageParts
 * @property {import('../outbox/outbox.mjs').Outbox} outbox
 * @property {import('../outbox/disk-space.mjs').DiskSpace} space
 * @property {readonly string[]} privateClasses
 * @property {(stored: Stored) => void} onStored
 */

/**
 * C-STORE: PS3.4 annex B. An instance is acknowledged when it is on the disk.
 * @param {StorageParts} parts
 * @returns {import('../association/negotiate.mjs').Service}
 */
export function storageService(parts) {
  return {
    provides: (uid) => isStorageClass(uid, parts.privateClasses),
    // As the sender prefers: nothing is decoded here.
    chooseTransferSyntax: (proposed) => proposed.find(isUsableUID),
    requestorMayBeSCP: true,
    handlers: {
      [CommandField.C_STORE_RQ]: async (request) => {
        const { status, bytes, comment, isAgain = false } = await store(request, parts);
        parts.onStored({ aeTitle: request.association.callingAETitle, status, bytes, isAgain });
        return { Status: status, ...(comment ? { ErrorComment: comment } : {}) };
      },
    },
  };
}

/**
 * @param {import('../association/exchange.mjs').Request} request
 * @param {StorageParts} parts
 * @returns {Promise<{ status: number, bytes: number, comment?: string, isAgain?: boolean }>}
 */
async function store({ association, context, command, data }, { outbox, space }) {
  if (!data) return refused(StoreStatus.CannotUnderstand, 'no data set');
  await space.measure();
  if (space.isShort) return refused(StoreStatus.OutOfResources, 'the disk of the gateway is nearly full');
  const named = namedUIDs(command, context);
  const transferSyntaxUID = context.transferSyntax;
  const aeTitle = association.callingAETitle;
  /** @type {import('../outbox/incoming-file.mjs').IncomingFile | undefined} */
  let file;
  let added = false;
  try {
    file = await outbox.create();
    const head = new Head(transferSyntaxUID);
    for await (const piece of withMeta(data, head, { ...named, transferSyntaxUID, sourceAETitle: aeTitle })) {
      await file.write(piece);
    }
    const { identity, state } = head.end();
    const fault = faultOf(identity, state, named);
    if (fault) return fault;
    const sopInstanceUID = named.sopInstanceUID ?? identity.sopInstanceUID;
    if (!isUsableUID(sopInstanceUID)) return refused(StoreStatus.InvalidSOPInstance);
    const studyInstanceUID = identity.studyInstanceUID ?? '';
    const { isAgain } = await outbox.add(file, { aeTitle, studyInstanceUID, sopInstanceUID });
    added = true;
    const matches = identity.sopClassUID === undefined || identity.sopClassUID === named.sopClassUID;
    return {
      status: matches ? StoreStatus.Success : StoreStatus.DataSetDoesNotMatchWarning,
      bytes: file.bytes,
      isAgain,
    };
  } catch (error) {
    if (!isDiskFull(error)) throw error;
    space.full();
    return refused(StoreStatus.OutOfResources, 'the disk of the gateway is full');
  } finally {
    if (!added) await file?.discard();
  }
}

/**
 * The UIDs of a request. If a UID of the command is unusable, the UID of the presentation context or of the data set is
 * used.
 * @param {import('../association/command-set.mjs').Command} command
 * @param {import('../association/exchange.mjs').AcceptedContext} context
 */
function namedUIDs({ AffectedSOPClassUID, AffectedSOPInstanceUID }, { abstractSyntax }) {
  return {
    sopClassUID: isUsableUID(AffectedSOPClassUID) ? AffectedSOPClassUID : abstractSyntax,
    sopInstanceUID: isUsableUID(AffectedSOPInstanceUID) ? AffectedSOPInstanceUID : undefined,
  };
}

/**
 * The Part 10 file: file meta information, and then the data set as it arrives.
 * @param {AsyncIterable<Buffer>} data
 * @param {Head} head
 * @param {{ sopClassUID: string, sopInstanceUID: string | undefined, transferSyntaxUID: string, sourceAETitle: string }} values
 */
async function* withMeta(data, head, { sopInstanceUID, ...values }) {
  yield fileMeta({ ...values, sopInstanceUID: sopInstanceUID ?? '' });
  for await (const piece of data) {
    head.add(piece);
    yield piece;
  }
}

/** Collects the beginning of a data set until its UIDs are found. */
class Head {
  #transferSyntaxUID;
  /** @type {Buffer[]} */
  #pieces = [];
  #bytes = 0;
  #next = 0;
  /** @type {import('../dicom/identity.mjs').Found | undefined} */
  #found;

  /** @param {string} transferSyntaxUID */
  constructor(transferSyntaxUID) {
    this.#transferSyntaxUID = transferSyntaxUID;
  }

  /** @param {Buffer} piece */
  add(piece) {
    if (this.#found) return;
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    if (this.#bytes < (HEADS[this.#next] ?? 0)) return;
    this.#next++;
    const found = findIdentity(Buffer.concat(this.#pieces), this.#transferSyntaxUID, false);
    if (found.state !== 'more' || this.#next === HEADS.length) this.#finish(found);
  }

  end() {
    if (!this.#found) this.#finish(findIdentity(Buffer.concat(this.#pieces), this.#transferSyntaxUID, true));
    return /** @type {import('../dicom/identity.mjs').Found} */ (this.#found);
  }

  /** @param {import('../dicom/identity.mjs').Found} found */
  #finish(found) {
    this.#found = found;
    this.#pieces = [];
  }
}

/**
 * Refuses what the archive would refuse for sure, so that the modality learns of it. The rest is for the archive.
 * @param {import('../dicom/identity.mjs').Identity} identity of the data set
 * @param {'complete' | 'more' | 'unreadable'} state
 * @param {{ sopInstanceUID: string | undefined }} named
 */
function faultOf(identity, state, named) {
  const { sopInstanceUID, studyInstanceUID, seriesInstanceUID } = identity;
  if (state === 'unreadable' && sopInstanceUID === undefined) {
    return refused(StoreStatus.CannotUnderstand, 'the data set cannot be read');
  }
  // What is acknowledged under one UID must not be stored under another.
  if (sopInstanceUID && named.sopInstanceUID && sopInstanceUID !== named.sopInstanceUID) {
    return refused(StoreStatus.DataSetDoesNotMatch, 'UIDs of data set and request differ');
  }
  if (state !== 'complete' || (isUsableUID(studyInstanceUID) && isUsableUID(seriesInstanceUID))) return undefined;
  return refused(StoreStatus.DataSetDoesNotMatch, 'study or series UID is missing');
}

/**
 * @param {number} status
 * @param {string} [comment] Error Comment (0000,0902): at most 64 characters
 */
function refused(status, comment) {
  return { status, bytes: 0, ...(comment ? { comment } : {}) };
}
