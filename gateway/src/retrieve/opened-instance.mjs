import { ArchiveError } from '../archive/archive.mjs';
import { TransferSyntax } from '../dicom/transfer-syntaxes.mjs';
import { implicitFromExplicit } from './implicit-stream.mjs';
import { openPart10 } from './part10-stream.mjs';

/** How often the rest of a file is requested after its stream broke off. */
const MOST_RESUMPTIONS = 5;

/**
 * @typedef {object} OpenedInstance an instance on its way from the archive
 * @property {import('../association/exchange.mjs').AcceptedContext} context in which it can be sent
 * @property {AsyncIterable<Uint8Array>} dataSet encoded in the transfer syntax of the context
 * @property {() => void} close to be called in the end, also when the data set was not read
 */

const { ExplicitVRLittleEndian, ImplicitVRLittleEndian } = TransferSyntax;

/**
 * Opens an instance in the first of these forms that the receiver takes and the archive has: as it is stored; explicit VR
 * little endian; implicit VR little endian, which the gateway writes from explicit VR; any other that was accepted.
 * @param {import('../archive/archive.mjs').Archive} archive
 * @param {import('./instances.mjs').Instance} instance
 * @param {readonly import('../association/exchange.mjs').AcceptedContext[]} contexts of the instance's SOP class
 * @param {AbortSignal} signal
 * @returns {Promise<OpenedInstance>}
 * @throws {ArchiveError} 406: in none of them
 */
export async function openInstance(archive, instance, contexts, signal) {
  let stored = instance.transferSyntaxUID;
  /** @type {Set<string>} */
  const tried = new Set();
  for (let context = next(contexts, stored, tried); context; context = next(contexts, stored, tried)) {
    tried.add(context.transferSyntax);
    const asked = context.transferSyntax === stored ? '*' : sentFrom(context.transferSyntax);
    const file = await ResumedFile.open(archive, instance, asked, signal);
    if (file === undefined) continue;
    const part10 = await openPart10(file.pieces()).catch((error) => {
      file.close();
      throw error;
    });
    const found = part10.transferSyntaxUID ?? stored;
    if (found === context.transferSyntax) return { context, dataSet: part10.dataSet, close: () => file.close() };
    if (found === ExplicitVRLittleEndian && context.transferSyntax === ImplicitVRLittleEndian) {
      const dataSet = implicitFromExplicit(part10.dataSet, file.length - part10.from);
      return { context, dataSet, close: () => file.close() };
    }
    file.close();
    // The instance was replaced since it was found, or the archive did not say how it is stored.
    if (asked === '*' && found !== undefined) stored = found;
  }
  throw new ArchiveError(406, 'the receiver accepts no form in which the archive can send it');
}

/** @param {string} transferSyntaxUID */
function sentFrom(transferSyntaxUID) {
  return transferSyntaxUID === ImplicitVRLittleEndian ? ExplicitVRLittleEndian : transferSyntaxUID;
}

/**
 * @param {readonly import('../association/exchange.mjs').AcceptedContext[]} contexts
 * @param {string | undefined} stored
 * @param {ReadonlySet<string>} tried
 */
function next(contexts, stored, tried) {
  const open = contexts.filter(({ transferSyntax }) => !tried.has(transferSyntax));
  for (const wanted of [stored, ExplicitVRLittleEndian, ImplicitVRLittleEndian]) {
    const context = open.find(({ transferSyntax }) => transferSyntax === wanted);
    if (context) return context;
  }
  return open[0];
}

/** The file of an instance. When its stream breaks off, the rest is asked for by a range (RFC 9110 14). */
class ResumedFile {
  #archive;
  #path;
  #accept;
  #signal;
  /** @type {import('../archive/archive.mjs').Opened} */
  #opened;

  /**
   * @param {import('../archive/archive.mjs').Archive} archive
   * @param {string} path
   * @param {string} accept
   * @param {AbortSignal} signal
   * @param {import('../archive/archive.mjs').Opened} opened
   */
  constructor(archive, path, accept, signal, opened) {
    this.#archive = archive;
    this.#path = path;
    this.#accept = accept;
    this.#signal = signal;
    this.#opened = opened;
  }

  /**
   * @param {import('../archive/archive.mjs').Archive} archive
   * @param {import('./instances.mjs').Instance} instance
   * @param {string} transferSyntaxUID
   * @param {AbortSignal} signal
   * @returns {Promise<ResumedFile | undefined>} undefined, if the archive does not have this form
   * @throws {ArchiveError}
   */
  static async open(archive, { studyInstanceUID, seriesInstanceUID, sopInstanceUID }, transferSyntaxUID, signal) {
    const path = `/studies/${studyInstanceUID}/series/${seriesInstanceUID}/instances/${sopInstanceUID}`;
    const accept = `application/dicom; transfer-syntax=${transferSyntaxUID}`;
    const opened = await archive.open(path, { headers: { Accept: accept }, signal });
    if (opened.status === 200) return new ResumedFile(archive, path, accept, signal, opened);
    opened.body.resume();
    if (opened.status === 406) return undefined;
    throw new ArchiveError(opened.status);
  }

  /** Bytes of the whole file; infinite, if the archive did not say it. */
  get length() {
    return Number(this.#opened.headers['content-length'] ?? Number.POSITIVE_INFINITY);
  }

  /** @returns {AsyncGenerator<Buffer>} */
  async *pieces() {
    const { length } = this;
    let received = 0;
    for (let resumptions = 0; ; resumptions++) {
      try {
        for await (const piece of this.#opened.body) {
          received += piece.length;
          yield piece;
        }
        if (length === Number.POSITIVE_INFINITY || received === length) return;
      } catch (error) {
        if (this.#signal.aborted) throw error;
      }
      if (resumptions === MOST_RESUMPTIONS || !(await this.#goOn(received)))
        throw new ArchiveError(0, 'the file broke off');
    }
  }

  close() {
    this.#opened.body.destroy();
  }

  /** @param {number} received bytes */
  async #goOn(received) {
    const { etag } = this.#opened.headers;
    // What the archive makes while it sends has no ranges.
    if (!etag || this.#opened.headers['accept-ranges'] === 'none') return false;
    const headers = { Accept: this.#accept, Range: `bytes=${received}-`, 'If-Range': etag };
    const opened = await this.#archive.open(this.#path, { headers, signal: this.#signal });
    const goesOn = opened.status === 206 && opened.headers['content-range']?.startsWith(`bytes ${received}-`);
    if (goesOn) this.#opened = opened;
    else opened.body.resume();
    return goesOn === true;
  }
}
