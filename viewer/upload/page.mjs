/** The page /upload, or /upload?archive=NAME: shows an upload (upload.mjs), and passes on what the user does. */
import { account, listAddress, root, SIGNED_IN, signInAddress, viewerAddress } from './account.mjs';
import { focusOn, showButtons } from './buttons.mjs';
import { chosenByDrop, chosenByHandles, chosenByInput } from './chosen.mjs';
import { csvOf } from './csv.mjs';
import { allLeftOut } from './left-out.mjs';
import { linesOf, showLists } from './lists.mjs';
import { memoryOf } from './memory.mjs';
import { foundText, progressOf, progressText, speedometer, tally, tallyText } from './progress.mjs';
import { setText, showTable } from './table.mjs';
import { PageUpload } from './upload.mjs';
import { countText } from './words.mjs';

/** Milliseconds between two looks of the page at the upload. */
const FRAME_MS = 200;
/** Screen readers are told the progress each time another such part of the whole has been sent. */
const TOLD = 0.1;

const memory = await memoryOf(root);
const upload = new PageUpload({ root, memory, onChange: soon });
const speed = speedometer();
let isShown = true;
let told = 0;
/** How many files the table and the lists were made for. */
let tableOf = 0;
let listsOf = '';
let updateTable = () => {};
/** The address of a study in the viewer, for a user who may open it there. @type {typeof viewerAddress | undefined} */
let viewer;

/** @param {string} id */
const element = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
const status = element('status');
const meter = element('meter');
const bar = /** @type {HTMLProgressElement} */ (element('bar'));
const table = /** @type {HTMLTableElement} */ (element('table'));
const drop = element('drop');

/** Shows the upload soon, and once for many changes. */
function soon() {
  if (!isShown) return;
  isShown = false;
  setTimeout(show, FRAME_MS);
}

function show() {
  isShown = true;
  const { stage, items, leftOut, looking, trouble } = upload;
  const isEmpty = items.length === 0 && leftOut.length === 0 && looking === 0;
  element('work').hidden = isEmpty;
  drop.hidden = stage === 'sending' || stage === 'paused';
  if (stage !== 'choosing' || isEmpty)
    element('unfinished').hidden = element('unfinished').hidden || stage !== 'choosing';
  showButtons(upload);
  const progress = progressOf(items);
  const isUnderWay = stage === 'sending' || stage === 'paused';
  const isRunning = stage === 'sending' && trouble === undefined;
  meter.hidden = !isUnderWay && looking === 0;
  const part = progress.bytes === 0 ? 0 : progress.doneBytes / progress.bytes;
  if (looking > 0) {
    bar.removeAttribute('value');
    setText(element('figures'), `${countText(looking, 'file')} to go`);
  } else if (isUnderWay) {
    bar.value = part;
    // Nothing is being sent. The speed from before says nothing about the speed after.
    if (trouble !== undefined) speed.reset();
    setText(element('figures'), progressText(progress, isRunning ? speed.at(progress.sentBytes) : 0));
  }
  setText(status, isEmpty ? '' : statusText(part));
  showNotice(trouble);
  document.title = isUnderWay ? `${Math.floor(part * 100)} % - Upload` : 'Upload';
  if (looking === 0 && tableOf !== items.length) {
    tableOf = items.length;
    updateTable = showTable(table, items, viewer);
  } else updateTable();
  showResults();
}

/** @param {number} part of the bytes that are sent */
function statusText(part) {
  const { stage, items, leftOut, looking, trouble } = upload;
  if (looking > 0) return 'Looking at the files.';
  if (stage === 'choosing') {
    const out = allLeftOut(items, leftOut).length;
    const left = out > 0 ? ` ${countText(out, 'file')} will be left out.` : '';
    if (items.length === 0) return `There is no DICOM file among these.${left}`;
    return `${foundText(items)}.${left} Nothing is sent yet.`;
  }
  if (stage === 'done') return `Done: ${tallyText(tally(items))}.`;
  if (stage === 'paused') return 'Paused.';
  if (trouble !== undefined) return 'Waiting.';
  if (part === 1) return 'All is sent. The archive files it.';
  told = part >= told + TOLD || part < told ? Math.floor(part / TOLD) * TOLD : told;
  return told === 0 ? 'Sending.' : `Sending: ${Math.round(told * 100)} % are sent.`;
}

/** @param {string | undefined} trouble */
function showNotice(trouble) {
  const notice = element('notice');
  if (!upload.isSignedOut) {
    setText(notice, trouble ?? '');
    notice.hidden = trouble === undefined;
    return;
  }
  if (notice.querySelector('a') !== null) return;
  const link = document.createElement('a');
  link.href = signInAddress(`/upload?${SIGNED_IN}`);
  link.target = '_blank';
  link.textContent = 'Sign in again in another tab';
  notice.replaceChildren('You are no longer signed in. ', link, ', then the upload goes on here.');
  notice.hidden = false;
}

function showResults() {
  const { stage, items, leftOut, looking } = upload;
  const counts = tally(items);
  const now = JSON.stringify([
    stage,
    looking > 0,
    leftOut.length,
    counts.refused,
    counts.warned,
    stage === 'done' && counts,
  ]);
  if (now === listsOf || looking > 0) return;
  listsOf = now;
  showLists(
    element('lists'),
    linesOf(items, leftOut).filter(
      ({ result }) => stage === 'done' || !['Stored', 'Already in the archive'].includes(result),
    ),
  );
}

/** Files of an upload that was interrupted. */
async function showUnfinished() {
  const unfinished = await memory.unfinished();
  element('unfinished').hidden = unfinished === undefined;
  if (unfinished === undefined) return;
  const { files, started, handles } = unfinished;
  const when = new Date(started).toLocaleString();
  const sent = await memory.sentCount();
  const how = handles.length > 0 ? 'Go on, or choose' : 'Choose';
  setText(
    element('unfinished-text'),
    `An upload of ${countText(files, 'file')} that began ${when} was interrupted: ${sent.toLocaleString('en')} of them are sent. ` +
      `${how} the same files or folder again: what is sent is not sent again.`,
  );
  element('go-on').hidden = handles.length === 0;
  element('go-on').onclick = async () => {
    const files = await chosenByHandles(handles);
    if (files === undefined) {
      setText(status, 'The browser may not read the files. Choose them again: what is sent is not sent again.');
      return;
    }
    await upload.add(files, handles);
    start();
  };
}

/** @param {string} id @param {() => void} act */
function onClick(id, act) {
  element(id).addEventListener('click', act);
}

/** @param {string} id of an input @param {string} button */
function onChosen(id, button) {
  const input = /** @type {HTMLInputElement} */ (element(id));
  onClick(button, () => input.click());
  input.addEventListener('change', () => {
    const files = chosenByInput(input.files ?? []);
    input.value = '';
    add(files);
  });
}

/** @param {import('./chosen.mjs').Chosen[]} files @param {unknown[]} [handles] */
async function add(files, handles) {
  if (upload.stage === 'done') await upload.clear();
  await upload.add(files, handles);
  show();
  element('send').focus();
  focusOn('choose-files');
}

async function saveReport() {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([csvOf(linesOf(upload.items, upload.leftOut))], { type: 'text/csv' }));
  link.download = 'upload-report.csv';
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** @param {() => Promise<void>} work sends what waits */
function start(work = () => upload.send()) {
  speed.reset();
  told = 0;
  work().then(() => {
    show();
    focusOn(upload.stage === 'done' ? 'clear' : 'resume');
  });
  show();
  focusOn('pause');
}

function listen() {
  onChosen('files', 'choose-files');
  onChosen('folder', 'choose-folder');
  onClick('send', () => start());
  onClick('resume', () => start());
  onClick('pause', () => upload.pause());
  onClick('retry', () => start(() => upload.retry()));
  onClick('clear', async () => {
    await upload.clear();
    show();
    await showUnfinished();
    element('choose-files').focus();
  });
  onClick('report', saveReport);
  onClick('forget', async () => {
    await memory.forget();
    await showUnfinished();
    focusOn('choose-files');
  });
  for (const type of ['dragover', 'dragenter']) {
    document.addEventListener(type, (event) => {
      event.preventDefault();
      drop.classList.add('over');
    });
  }
  document.addEventListener(
    'dragleave',
    ({ relatedTarget }) => relatedTarget === null && drop.classList.remove('over'),
  );
  document.addEventListener('drop', async (event) => {
    event.preventDefault();
    drop.classList.remove('over');
    if (event.dataTransfer === null || drop.hidden) return;
    const { files, handles } = await chosenByDrop(event.dataTransfer);
    await add(files, handles);
  });
  window.addEventListener('beforeunload', (event) => upload.stage === 'sending' && event.preventDefault());
  // After a sign-in in another tab.
  document.addEventListener('visibilitychange', async () => {
    if (document.visibilityState !== 'visible' || !upload.isSignedOut) return;
    const { isSignedOut } = await account();
    if (!isSignedOut) start();
  });
}

/** @param {string} text */
function refuse(text) {
  drop.hidden = true;
  element('notice').textContent = text;
  element('notice').hidden = false;
}

async function begin() {
  element('list').setAttribute('href', listAddress);
  if (new URLSearchParams(window.location.search).has(SIGNED_IN)) {
    refuse('You are signed in. Close this tab: the upload goes on in the other one.');
    return;
  }
  const { name, refusal, isSignedOut, mayView } = await account();
  if (isSignedOut) {
    window.location.replace(signInAddress(window.location.pathname + window.location.search));
    return;
  }
  setText(element('who'), name && `Signed in as ${name}`);
  if (refusal !== undefined) {
    refuse(refusal);
    return;
  }
  if (mayView) viewer = viewerAddress;
  listen();
  // Some browsers of phones choose no folders.
  element('choose-folder').hidden = !('webkitdirectory' in HTMLInputElement.prototype);
  drop.hidden = false;
  await showUnfinished();
}

await begin();
