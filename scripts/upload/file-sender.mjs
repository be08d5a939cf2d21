import { stat } from 'node:fs/promises';
import { ArchiveError } from '../../viewer/upload/sending/archive.mjs';
import { give, settle } from '../../viewer/upload/sending/give.mjs';
import { outcomesOf } from '../../viewer/upload/sending/outcome.mjs';
import { UnreadableFile } from '../../viewer/upload/sending/run.mjs';
import { sendByTus } from '../../viewer/upload/sending/tus.mjs';
import { rangeReader } from './files.mjs';
import { storeTogether } from './stow.mjs';

/** @typedef {import('../../viewer/upload/files/look.mjs').Item} Item */

/** RFC 9110 15.5.14. */
const TOO_LARGE = 413;

/** SOP Instance UID of a DICOM file; empty if it cannot be read here. @param {Item} item */
export function uidOf({ instances: [one] }) {
  return one?.head.sopInstanceUID ?? '';
}

/**
 * Sends files of one upload session: one by the resumable protocol, or several in one Store request.
 * @param {object} options
 * @param {(item: Item) => import('./find-files.mjs').Path} options.file the absolute path of each
 * @param {string} options.root the DICOMweb root
 * @param {string} options.uploads the URL of resumable uploads
 * @param {string} options.session
 * @param {Record<string, string>} options.headers credentials
 * @param {ReturnType<typeof import('./state-file.mjs').stateFile>} options.state
 * @param {() => void} options.onChange
 */
export function fileSender({ file, root, uploads, session, headers, state, onChange }) {
  return { sendAlone, sendTogether };

  /** @param {Item} item @returns {Promise<void>} rejects with an UnreadableFile if it has changed */
  async function checkThere(item) {
    const now = await stat(file(item)).catch(() => undefined);
    if (now?.size !== item.size || now.mtimeMs !== item.modified) throw new UnreadableFile(item);
  }

  /** @param {Item} item @param {AbortSignal} stop */
  async function sendAlone(item, stop) {
    await checkThere(item);
    await sendByTus(item, {
      file: file(item),
      uploads,
      session,
      headers,
      signal: stop,
      fileReader: rangeReader(),
      onURL: () => state.keep(item),
      onChange,
    });
    item.state = 'sent';
    state.keep(item);
  }

  /** @param {readonly Item[]} unit @param {AbortSignal} stop */
  async function sendTogether(unit, stop) {
    const open = unit.filter(({ state }) => state !== 'sent' && state !== 'done');
    for (const item of open) await checkThere(item);
    const files = open.map((item) => ({ item, file: file(item) }));
    try {
      const { status, dataSet } = await storeTogether(files, { root, session, headers, signal: stop, onChange });
      const outcomes = outcomesOf(dataSet);
      const [only] = open;
      const [outcome] = [...outcomes.bySOP.values(), outcomes.unnamed].flat();
      // The archive may have read a UID that could not be read here.
      if (open.length === 1 && only !== undefined && outcome !== undefined) {
        settle(only, outcome);
        return;
      }
      // The archive accepts shorter requests only. The files that it has not read are sent in pieces.
      const unread = status === TOO_LARGE ? open.filter((item) => !outcomes.bySOP.has(uidOf(item))) : [];
      for (const item of open) if (!unread.includes(item)) give(item, outcomes);
      for (const item of unread) await sendAlone(item, stop);
    } catch (error) {
      if (!(error instanceof ArchiveError) || error.status !== TOO_LARGE) throw error;
      for (const item of open) await sendAlone(item, stop);
    }
  }
}
