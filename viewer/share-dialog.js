/**
 * The dialog in which a study is shared with somebody outside: makes a link, lists the links that the user made to the study,
 * and revokes them. session.js opens it for users with the permission "share".
 */

const STYLE = `
  [data-archive-share] { width: min(44rem, 92vw); max-height: 88vh; margin: auto; padding: 1.2rem 1.5rem; overflow: auto;
    border: 1px solid #3a3f99; border-radius: .5rem; background: #090c29; color: #e6e8f5; font: 15px/1.5 system-ui, sans-serif; }
  [data-archive-share]::backdrop { background: #000a; }
  [data-archive-share] h2 { font-size: 1.25rem; margin: 0 0 .8rem; }
  [data-archive-share] h3 { font-size: 1rem; margin: 1.2rem 0 .3rem; }
  [data-archive-share] label { display: grid; grid-template-columns: 11rem 1fr; gap: .6rem; align-items: center; margin: .5rem 0; }
  [data-archive-share] label:has([type=checkbox]) { grid-template-columns: auto 1fr; justify-content: start; }
  [data-archive-share] :is(input:not([type=checkbox]), select, button) { padding: .3rem .6rem; border: 1px solid #3a3f99;
    border-radius: 4px; background: #0b0f3a; color: inherit; font: inherit; color-scheme: dark; }
  [data-archive-share] button { cursor: pointer; background: #2a31c2; }
  [data-archive-share] :focus-visible { outline: 2px solid #5acce6; outline-offset: 1px; }
  [data-archive-share] li { display: flex; gap: .8rem; justify-content: space-between; align-items: center; padding: .3rem 0; }
  [data-archive-share] [role=status] { min-height: 1.5em; color: #ffd9a8; }
  [data-archive-share] [hidden] { display: none; }
`;

/** Its content is fixed: nothing from the archive becomes markup. */
const CONTENT = `
  <style>${STYLE}</style>
  <h2 id="archive-share-title">Share this study with somebody outside</h2>
  <form>
    <label><span>Link ends after</span> <input name="expires" type="date" required></label>
    <label><span>The recipient may</span>
      <select name="permission"><option value="look">look</option><option value="download">look and download</option></select>
    </label>
    <label><input name="deidentify" type="checkbox"> <span>De-identify: leave out what names the patient</span></label>
    <label hidden><input name="looked" type="checkbox"> <span>I have looked at the images, and they may be shown</span></label>
    <label><span>Pass phrase (optional)</span> <input name="passphrase" minlength="8" maxlength="200" autocomplete="off"></label>
    <label><span>Note for the record</span> <input name="note" maxlength="500" autocomplete="off"></label>
    <p role="status"></p>
    <label hidden><span>Link</span> <input name="link" readonly></label>
    <button>Make a link</button>
    <button type="button" name="copy" hidden>Copy the link</button>
    <button type="button" name="close">Close</button>
  </form>
  <h3>Your links to this study</h3>
  <ul></ul>
`;

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Shows the dialog, with the user's links to a study.
 * @param {string} root path before /dicomweb and /shares
 * @param {string} study its UID
 */
export function showShareDialog(root, study) {
  const dialog = newDialog();
  const form = dialog.querySelector('form');
  const { looked, link, copy, close } = form.elements;
  const status = dialog.querySelector('[role=status]');
  copy.addEventListener('click', async () => {
    link.select();
    await navigator.clipboard.writeText(link.value).catch(() => document.execCommand('copy'));
    status.textContent = 'The link is copied.';
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    make().catch(explain);
  });
  document.body.append(dialog);
  dialog.showModal();
  list().catch(explain);

  async function make() {
    status.textContent = 'Making the link…';
    const share = await ask(`${root}/dicomweb/studies/${study}/shares`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(wanted(form.elements)),
    });
    link.value = share.link;
    link.parentElement.hidden = false;
    copy.hidden = false;
    status.textContent = 'Send this link to the recipient. It is shown only now.';
    link.focus();
    link.select();
    await list();
  }

  async function list() {
    const { shares } = await ask(`${root}/shares`);
    const here = shares.filter((share) => share.studyInstanceUID === study && !hasEnded(share));
    const items = here.map((share) => item(share, () => revoke(share).catch(explain)));
    dialog.querySelector('ul').replaceChildren(...items);
    dialog.querySelector('ul').previousElementSibling.hidden = items.length === 0;
  }

  async function revoke(share) {
    await ask(`${root}/shares/${share.id}`, { method: 'DELETE' });
    status.textContent = 'The link is revoked. Within a minute nobody can use it.';
    close.focus();
    await list();
  }

  function explain(error) {
    status.textContent = error.message;
    // The archive refuses images that may show a name: the sharer must look at them.
    if (error.status === 409) looked.parentElement.hidden = false;
  }
}

/** A dialog with an empty form, which is not shown yet. */
function newDialog() {
  const dialog = document.createElement('dialog');
  dialog.dataset.archiveShare = '';
  dialog.setAttribute('aria-labelledby', 'archive-share-title');
  dialog.innerHTML = CONTENT;
  const { expires, close } = dialog.querySelector('form').elements;
  const day = (/** @type {number} */ days) => new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10);
  [expires.value, expires.min, expires.max] = [day(7), day(0), day(365)];
  // OHIF has shortcuts of one key.
  dialog.addEventListener('keydown', (event) => event.stopPropagation());
  dialog.addEventListener('close', () => dialog.remove());
  close.addEventListener('click', () => dialog.close());
  return dialog;
}

/** A line of the list, with a button that revokes the share. */
function item(share, revoke) {
  const element = document.createElement('li');
  const text = document.createElement('span');
  text.textContent = described(share);
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = 'Revoke';
  button.setAttribute('aria-label', `Revoke: ${text.textContent}`);
  button.addEventListener('click', revoke);
  element.append(text, button);
  return element;
}

/** The request that the form stands for. */
function wanted({ expires, permission, deidentify, looked, passphrase, note }) {
  return {
    expires: expires.value,
    permission: permission.value,
    ...(deidentify.checked && { deidentify: looked.checked ? { allowIdentifyingPixels: true } : true }),
    ...(passphrase.value && { passphrase: passphrase.value }),
    ...(note.value && { note: note.value }),
  };
}

const hasEnded = ({ revoked, expires }) => revoked !== undefined || Date.parse(expires) <= Date.now();

function described({ note, permission, deidentify, passphrase, expires, uses }) {
  const last = new Date(Date.parse(expires) - 1).toISOString().slice(0, 10);
  return [
    note ?? 'without a note',
    permission === 'download' ? 'look and download' : 'look',
    ...(deidentify ? ['de-identified'] : []),
    ...(passphrase ? ['pass phrase'] : []),
    `until ${last}`,
    uses.count === 1 ? 'opened once' : `opened ${uses.count} times`,
  ].join(', ');
}

/** @param {string} path @param {RequestInit} [init] @returns {Promise<any>} rejects with the archive's reason */
async function ask(path, init) {
  const response = await fetch(path, init).catch(() => undefined);
  if (response === undefined) throw new Error('The archive cannot be reached. Try again.');
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  throw Object.assign(new Error(answer.detail ?? `The archive answered ${response.status}.`), { status: response.status });
}
