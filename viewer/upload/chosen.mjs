/**
 * A file that was chosen, with its path below what was chosen.
 * @typedef {{ path: string, modified: number, file: File | undefined }} Chosen `file`: undefined if it cannot be read
 */

/** @param {File | undefined} file @param {string} path @returns {Chosen} */
function chosen(file, path) {
  return { path, modified: file?.lastModified ?? 0, file };
}

/** Files of `<input type=file>`, with `webkitdirectory` too. @param {Iterable<File>} files @returns {Chosen[]} */
export function chosenByInput(files) {
  return [...files].map((file) => chosen(file, file.webkitRelativePath || file.name));
}

/**
 * What was dropped. It must be called during the event: the list is empty afterwards.
 * @param {DataTransfer} transfer
 * @returns {Promise<{ files: Chosen[], handles: any[] }>} `handles`: where the browser has such, so that the same files can be
 * found after a reload
 */
export async function chosenByDrop(transfer) {
  const items = [...transfer.items].filter(({ kind }) => kind === 'file');
  const entries = items.map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile());
  const handles = items.map((item) => /** @type {any} */ (item).getAsFileSystemHandle?.());
  /** @type {Chosen[]} */
  const files = [];
  for (const entry of entries) {
    if (entry instanceof File) files.push(chosen(entry, entry.name));
    else if (entry !== null) await walkEntry(entry, files);
  }
  const found = await Promise.all(handles).catch(() => []);
  return { files, handles: found.filter(Boolean) };
}

/** @param {any} entry a FileSystemEntry @param {Chosen[]} files */
async function walkEntry(entry, files) {
  if (entry.isFile) {
    const file = await new Promise((resolve) => entry.file(resolve, () => resolve(undefined)));
    files.push(chosen(file, entry.fullPath.replace(/^\//, '')));
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    // A reader gives some 100 at a time, and none at the end.
    const some = await new Promise((resolve) => reader.readEntries(resolve, () => resolve([])));
    if (some.length === 0) return;
    for (const each of some) await walkEntry(each, files);
  }
}

/**
 * The files of handles that were kept. It must be called while the user clicks: the browser asks whether they may be read.
 * @param {any[]} handles
 * @returns {Promise<Chosen[] | undefined>} nothing if they may not be read
 */
export async function chosenByHandles(handles) {
  /** @type {Chosen[]} */
  const files = [];
  for (const handle of handles) {
    if ((await handle.requestPermission({ mode: 'read' })) !== 'granted') return undefined;
    await walkHandle(handle, handle.name, files);
  }
  return files;
}

/** @param {any} handle @param {string} path @param {Chosen[]} files */
async function walkHandle(handle, path, files) {
  if (handle.kind === 'file') {
    files.push(chosen(await handle.getFile(), path));
    return;
  }
  for await (const child of handle.values()) await walkHandle(child, `${path}/${child.name}`, files);
}
