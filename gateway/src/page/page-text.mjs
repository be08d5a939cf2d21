/** The style is allowed by its hash in the Content-Security-Policy. */
export const STYLE = `body{font:16px/1.5 system-ui,sans-serif;margin:2rem;color:#1b1f24;background:#fff}
table{border-collapse:collapse;margin-top:1rem}th,td{padding:.35rem .8rem;border-bottom:1px solid #d0d7de;text-align:right}
th:first-child,td:first-child,th:last-child,td:last-child{text-align:left}.trouble{color:#a40e26;font-weight:600}
@media(prefers-color-scheme:dark){body{color:#e6edf3;background:#0d1117}th,td{border-color:#30363d}.trouble{color:#ff7b72}}`;

/**
 * @param {import('./status.mjs').Status} status
 * @param {number} now milliseconds since 1970
 */
export function pageText(status, now) {
  const rows = status.senders.map(
    (sender) => `<tr><td>${text(sender.aeTitle)}</td><td>${sender.queued}</td><td>${size(sender.queuedBytes)}</td>
<td>${sender.oldest === undefined ? '' : duration(now - sender.oldest)}</td><td>${sender.received}</td><td>${sender.receivedAgain}</td>
<td>${sender.rate.toFixed(1)}/s</td><td>${sender.forwarded}</td><td>${sender.refused}</td><td>${lastError(sender, now)}</td></tr>`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="5"><title>Gateway ${text(status.aeTitle)}</title><style>${STYLE}</style></head><body>
<h1>Gateway ${text(status.aeTitle)}</h1>
<p>${
    status.isWaiting
      ? '<span class="trouble">The archive does not take instances at the moment. They wait here and are sent again.</span>'
      : 'The archive takes instances.'
  }</p>
<p>${status.associations} associations are open, ${status.rejected} were rejected. ${size(status.freeBytes)} are free on the disk.
${status.refusedFiles > 0 ? `<span class="trouble">${status.refusedFiles} files were refused by the archive: see the folder “refused”.</span>` : ''}
${status.commitments} requests for storage commitment are not reported yet.</p>
<table><thead><tr><th scope="col">Sender</th><th scope="col">Waiting</th><th scope="col">Size</th><th scope="col">Oldest</th>
<th scope="col">Received</th><th scope="col">Of these again</th><th scope="col">Rate</th><th scope="col">Forwarded</th><th scope="col">Refused</th>
<th scope="col">Last error</th></tr></thead>
<tbody>${rows.join('\n') || '<tr><td colspan="10">Nothing was received yet.</td></tr>'}</tbody></table>
</body></html>
`;
}

/**
 * @param {import('./status.mjs').SenderStatus} sender
 * @param {number} now
 */
function lastError({ lastError: error }, now) {
  return error ? `${text(error.text)}, ${duration(now - error.at)} ago` : '';
}

/** @param {number} bytes */
function size(bytes) {
  if (!Number.isFinite(bytes)) return '?';
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), units.length - 1);
  return `${(bytes / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}

/** @param {number} milliseconds */
function duration(milliseconds) {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

/** @param {string} value */
function text(value) {
  return value.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
