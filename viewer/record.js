/** Shows the record of who did what to an auditor: /record, or /record?archive=NAME. */
const PAGE = 200;
const form = document.querySelector('#search');
const status = document.querySelector('#status');
const events = document.querySelector('#events');
const more = document.querySelector('#more');
const archive = new URLSearchParams(window.location.search).get('archive');
const root = archive === null ? '' : `/archives/${encodeURIComponent(archive)}`;
let after;
if (archive !== null) document.querySelector('#viewer').search = `?archive=${encodeURIComponent(archive)}`;

/** @param {string} path @returns {Promise<any>} */
async function ask(path) {
  const response = await fetch(root + path, { headers: { Accept: 'application/json' } });
  const answer = await response.json().catch(() => ({}));
  if (response.status === 401) {
    window.location.assign(`/sign-in?return=${encodeURIComponent(window.location.pathname + window.location.search)}`);
  }
  if (!response.ok) throw new Error(answer.detail ?? `The archive answered ${response.status}.`);
  return answer;
}

async function show() {
  const query = new URLSearchParams({ limit: String(PAGE) });
  for (const [name, value] of new FormData(form)) if (value !== '') query.set(name, value);
  if (after !== undefined) query.set('after', after);
  const found = await ask(`/audit?${query}`);
  events.append(...found.map(row));
  after = found.at(-1)?.id;
  more.hidden = found.length < PAGE;
  status.textContent = `${counted(events.children.length)}${more.hidden ? '' : ', and more'}`;
}

const counted = (count) => `${count} ${count === 1 ? 'event' : 'events'}`;

function row(event) {
  const cells = [
    time(event.startedAt),
    time(event.endedAt),
    event.principalName ?? event.principalID,
    event.address ?? '',
    [event.action, event.subject].filter(Boolean).join(': '),
    event.outcome,
    event.studyInstanceUID ?? '',
    event.requests,
    event.bytes,
  ];
  const tr = document.createElement('tr');
  tr.append(
    ...cells.map((text, at) => {
      const td = document.createElement('td');
      // Times and numbers stay in one piece.
      if (at < 2 || at > 6) td.className = 'whole';
      td.textContent = String(text);
      return td;
    }),
  );
  return tr;
}

function time(text) {
  return text.slice(0, 19).replace('T', ' ');
}

function restart() {
  after = undefined;
  events.replaceChildren();
  status.textContent = 'Searching…';
  show().catch(explain);
}

function explain(error) {
  status.textContent = error.message;
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  restart();
});
more.addEventListener('click', () => show().catch(explain));
document.querySelector('#verify').addEventListener('click', () => {
  status.textContent = 'Reading the sealed record…';
  ask('/audit/verification')
    .then(({ whole, events: count, brokenAt }) => {
      status.textContent = whole
        ? `The sealed record is whole: ${counted(count)}.`
        : `The sealed record is broken: event ${brokenAt} is missing or changed.`;
    })
    .catch(explain);
});
restart();
