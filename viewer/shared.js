/**
 * Opens the link of a share. The secret is after # in the address, so that no server and no log sees it. It is exchanged
 * at once for a cookie that is sent to this share alone, and leaves the address.
 */
const status = document.querySelector('#status');
const form = document.querySelector('#passphrase');
const token = window.location.hash.slice(1);
const archive = new URLSearchParams(window.location.search).get('archive');
window.history.replaceState(null, '', window.location.pathname + window.location.search);

/** @param {string} [passphrase] */
async function open(passphrase) {
  const root = archive === null ? '' : `/archives/${encodeURIComponent(archive)}`;
  const response = await fetch(`${root}/shares/open`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ token, ...(passphrase === undefined ? {} : { passphrase }) }),
  });
  const answer = await response.json();
  if (response.ok) {
    window.location.replace(answer.viewer);
    return;
  }
  // Any other link that is not opened has ended, or never was one: no pass phrase opens it.
  const next = answer.code === 'forbidden' ? ' Ask the person who sent it to you for a new link.' : '';
  status.textContent = answer.detail === undefined ? 'The archive does not answer. Try again.' : answer.detail + next;
  status.setAttribute('role', 'alert');
  form.hidden = answer.code !== 'passphrase-needed';
  if (!form.hidden) form.querySelector('input').focus();
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  status.textContent = 'Opening the study…';
  open(form.querySelector('input').value).catch(failed);
});

function failed() {
  status.textContent = 'The archive cannot be reached. Try again.';
}

if (token === '') status.textContent = 'This address has no link to a study. Ask for the whole link, with all that follows #.';
else open().catch(failed);
