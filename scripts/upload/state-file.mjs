import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** @typedef {import('../../viewer/upload/files/look.mjs').Item} Item */
/** @typedef {{ session: string, files: Record<string, { url: string, isSent: boolean }> }} State files by a digest: names may name patients */

/**
 * Remembers an upload until it has ended: its session, and the URLs of files that are sent by the resumable protocol.
 * @param {string} path
 */
export function stateFile(path) {
  const state = read(path);
  const write = () => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.new`, JSON.stringify(state), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  };
  return {
    get session() {
      return state.session === '' ? undefined : state.session;
    },
    /** @param {string} session */
    begin(session) {
      Object.assign(state, { session, files: {} });
      write();
    },
    /** @param {Item} item */
    keep(item) {
      if (item.url === undefined) return;
      state.files[keyOf(item)] = { url: item.url, isSent: item.state === 'sent' };
      write();
    },
    /** Gives files back what was remembered of them. @param {readonly Item[]} items */
    recall(items) {
      for (const item of items) {
        const known = state.files[keyOf(item)];
        if (known === undefined) continue;
        item.url = known.url;
        if (known.isSent) item.state = 'sent';
      }
    },
    forget() {
      rmSync(path, { force: true });
    },
  };
}

/** @param {string} path @returns {State} */
function read(path) {
  try {
    const { session, files } = JSON.parse(readFileSync(path, 'utf8'));
    return { session: String(session), files: Object(files) };
  } catch {
    return { session: '', files: {} };
  }
}

/** @param {Item} item */
function keyOf({ path, size, modified }) {
  return createHash('sha256').update(`${path}\n${size}\n${modified}`).digest('hex');
}
