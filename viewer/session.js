/**
 * The session of the user: goes to the sign-in page when the archive asks for it, shows the name of the user and the open
 * archive, and leads to the other archives. The session is a cookie that scripts cannot read (docs/access.md).
 * app-config.js and scripts/viewer/list-patches.mjs name the places that use it.
 */
window.archiveSession = (() => {
  const { root, archive, notice } = window.archiveViewer;
  /** A share has its own cookie, and needs no sign-in. */
  const isShare = root.includes('/shares/');
  /** How often the page of a share asks whether the share has ended. The archive knows it within 30 s. */
  const SHARE_CHECK_MS = 20_000;
  /** With `oidc` in app-config.js, OHIF has a sign-in of its own. */
  const isOther = () => window.config?.oidc !== undefined;
  /** When this tab was last sent to the sign-in page: sessionStorage, until the user is signed in. */
  const SENT = 'archive-sign-in';
  /** The tab stops after this number of visits to the sign-in page within this time, so that it does not loop. */
  const MOST_SENT = 3;
  const ROUNDS_MS = 60_000;

  /** The deployment's own archive: the address does not name it. */
  const DEFAULT = 'default';

  let session;
  let downloads = false;
  let leaving = false;

  /** Leaves for the sign-in page, which leads back here. */
  function signIn() {
    if (isShare) return void checkShare();
    if (leaving || isOther()) return;
    const { pathname, hash } = window.location;
    const address = `/sign-in?return=${encodeURIComponent(pathname + window.archiveViewer.searchWithImage() + hash)}`;
    if (window.archiveViewer.leaving.lost() !== undefined) return keepWork(address);
    const now = Date.now();
    const sent = JSON.parse(sessionStorage.getItem(SENT) ?? '[]').filter((at) => now - at < ROUNDS_MS);
    if (sent.length >= MOST_SENT) {
      notice('You are not signed in', ['The sign-in was not completed, or this browser does not keep cookies.'], {
        'Sign in': () => window.location.assign(address),
      });
      return;
    }
    leaving = true;
    sessionStorage.setItem(SENT, JSON.stringify([...sent, now]));
    window.location.replace(address);
  }

  /** Stays, because going would lose what is not stored. @param {string} address of the sign-in page, for a user who goes after all */
  function keepWork(address) {
    window.archiveViewer.keepWork({
      was: session,
      elsewhere: `/sign-in?return=${encodeURIComponent(archive ? `/?archive=${archive}` : '/')}`,
      ask: async () => {
        const answer = await fetch(`${root}/session`, { cache: 'no-store' });
        return answer.ok ? answer.json() : undefined;
      },
      leave: () => window.location.assign(address),
    });
  }

  /** How soon the page asks again when there was no answer, or the archive was busy; and how often. */
  const ASK_AGAIN_MS = 3000;
  const MOST_ASKED = 5;

  /** Asks who is signed in, and what is allowed here. */
  async function check(turn = 1) {
    if (isShare) return checkShare();
    if (leaving || isOther()) return;
    const answer = await fetch(`${root}/session`, { cache: 'no-store' }).catch(() => undefined);
    if (answer?.status === 401) return signIn();
    if (answer?.status === 404 && archive) return refuse();
    if ((answer === undefined || answer.status >= 500) && turn < MOST_ASKED) {
      setTimeout(() => void check(turn + 1), ASK_AGAIN_MS);
    }
    if (!answer?.ok) return;
    session = await answer.json();
    downloads = session.downloads;
    sessionStorage.removeItem(SENT);
    show();
  }

  /** Says that the archive of the address is not there, or not for this user, and leads to the others. */
  async function refuse() {
    const answer = await fetch('/session', { cache: 'no-store' }).catch(() => undefined);
    const archives = answer?.ok ? (await answer.json()).archives : [];
    notice('There is no such archive', [`This deployment has no archive "${archive}" that you may see.`], others(archives));
  }

  /** Buttons that lead to archives. @param {string[]} names */
  function others(names) {
    const elsewhere = names.filter((each) => each !== archive);
    return Object.fromEntries(elsewhere.map((each) => [`Open the archive "${each}"`, () => open(each)]));
  }

  /** Opens the study list of an archive. @param {string} name */
  function open(name) {
    window.location.assign(name === DEFAULT ? '/' : `/?archive=${encodeURIComponent(name)}`);
  }

  /** Says in words that a share can no longer be seen. */
  async function checkShare() {
    if (leaving) return;
    const answer = await fetch(`${root}/session`, { cache: 'no-store' }).catch(() => undefined);
    if (answer?.ok) downloads = (await answer.json()).downloads;
    if (answer?.status !== 401 || leaving) return;
    leaving = true;
    const { detail } = await answer.json().catch(() => ({}));
    // RFC 6750 3.1: without an error, the browser sent no credential.
    const isKnown = /error=/.test(answer.headers.get('WWW-Authenticate') ?? '');
    const reason = isKnown && detail ? detail : 'This browser has not opened the link of the share, or the share has ended.';
    // A link that has ended opens nothing any more.
    const again = /^The share /.test(reason) ? 'Ask' : 'Open the link again, or ask';
    notice('This shared study cannot be seen', [reason, `${again} the person who sent it to you for a new link.`]);
  }

  function show() {
    const { name, permissions, archives, canSignOut } = session;
    if (!permissions.some((each) => ['search', 'retrieve', 'store'].includes(each))) {
      const who = name ? `You are signed in as ${name}, but` : 'You are signed in, but';
      const ask = 'Ask those who run this archive to give your account a role.';
      const may = permissions.length > 0 ? `You may: ${permissions.join(', ')}.` : 'Your account has no role here.';
      notice('You may not see images here', [`${who} you have no permission to see images.`, may, ask], {
        ...others(archives),
        ...(permissions.includes('audit') ? { [RECORD]: openRecord } : {}),
        ...(canSignOut ? { 'Sign out': signOut } : {}),
      });
    }
    const listless = permissions.includes('search') ? '' : ` (you may ${permissions.join(', ')}, and not see the list)`;
    if (canSignOut || archives.length > 1) label(canSignOut ? `${name ?? 'Signed in'}${listless}` : '');
  }

  /** Whether the first answer has come, or has failed. */
  let isAsked = false;
  /** Milliseconds for which the study list waits for it at most. */
  const ASKED_MS = 3000;

  /** Whether the user has a permission here. Where it cannot be known, the archive alone decides. @param {string} permission */
  function may(permission) {
    return session === undefined ? isAsked : session.permissions.includes(permission);
  }

  /** Whether the user may have files. A share may show a study without giving its files. */
  function mayDownload() {
    return downloads;
  }

  /**
   * The studies of the list; none for a user who may store and not search, so that this user gets the page with the upload.
   * The list is drawn when they are there, so what the user may do is known by then.
   * @param {Promise<object[]>} search
   */
  async function orNothing(search) {
    try {
      const [found] = await Promise.all([search, Promise.race([asked, new Promise((end) => setTimeout(end, ASKED_MS))])]);
      return found;
    } catch (error) {
      await asked;
      if (error.request?.status === 403 && session?.permissions.includes('store')) return [];
      throw error;
    }
  }

  /** Says which archive is open and who is signed in, at the edge of every page. @param {string} text */
  function label(text) {
    if (document.querySelector('[data-archive-session]')) return;
    const box = document.createElement('div');
    box.dataset.archiveSession = '';
    box.style.cssText =
      'pointer-events:auto;position:fixed;left:50%;bottom:0;transform:translateX(-50%);z-index:40;display:flex;gap:.6rem;padding:.1rem .7rem;border-radius:.4rem .4rem 0 0;background:#090c29e6;color:#c3d0e6;font:12px/1.5 system-ui,sans-serif';
    if (session.archives.length > 1) box.append(archiveSwitch(session.archives));
    if (session.canSignOut) {
      const who = document.createElement('span');
      who.textContent = text;
      const entries = [...ours(), { name: 'Sign out', act: signOut }];
      box.append(who, ...entries.map(({ name, act }) => button(name, act)));
    }
    document.body.append(box);
    const share = [...box.children].find((child) => child.textContent === SHARE);
    if (share === undefined) return;
    const update = () => {
      share.hidden = window.archiveViewer.openedStudies().length !== 1;
    };
    update();
    window.addEventListener('archive-address', update);
  }

  /** @param {string} name @param {() => void} act */
  function button(name, act) {
    const element = document.createElement('button');
    element.type = 'button';
    element.textContent = name;
    element.style.cssText = 'color:#5acce6;cursor:pointer';
    element.addEventListener('click', act);
    return element;
  }

  const SHARE = 'Share study';
  const RECORD = 'Record of access';

  /** What this archive offers beside the viewer, to users with the permission. */
  function ours() {
    const { permissions = [] } = session ?? {};
    return [
      ...(permissions.includes('share') ? [{ name: SHARE, icon: 'link', act: openShareDialog }] : []),
      ...(permissions.includes('audit') ? [{ name: RECORD, icon: 'info', act: openRecord }] : []),
    ];
  }

  async function openShareDialog() {
    const [study, ...others] = window.archiveViewer.openedStudies();
    if (study === undefined || others.length > 0) return;
    const { showShareDialog } = await import('/share-dialog.js');
    showShareDialog(root, study);
  }

  function openRecord() {
    window.location.assign(archive ? `/record?archive=${encodeURIComponent(archive)}` : '/record');
  }

  /** @param {string[]} names of the archives that the user may see */
  function archiveSwitch(names) {
    const select = document.createElement('select');
    select.setAttribute('aria-label', 'Archive');
    select.style.cssText = 'background:#090c29;color:#5acce6;cursor:pointer';
    for (const name of names) select.add(new Option(name === DEFAULT ? 'Default archive' : `Archive ${name}`, name));
    select.value = archive ?? DEFAULT;
    select.addEventListener('change', () => open(select.value));
    return select;
  }

  /** Ends the session here and at the provider. */
  async function signOut() {
    if (!(await window.archiveViewer.leaving.ask())) return;
    const answer = await fetch('/sign-out', { method: 'POST' }).catch(() => undefined);
    if (answer === undefined) return;
    leaving = true;
    const next = answer.ok ? (await answer.json()).continue : '/sign-out';
    // What the browser may keep of this page for the back button shows no patient.
    document.body.replaceChildren();
    window.location.replace(next);
  }

  /** The entry of OHIF's menus. */
  const entry = () => (session?.name ? `Sign out ${session.name}` : 'Sign out');

  /** @param {object[]} options of the viewer's menu; changed */
  function addTo(options) {
    options.push(...ours().map(({ name, icon, act }) => ({ title: name, icon, onClick: act })));
    if (session?.canSignOut) options.push({ title: entry(), icon: 'power-off', onClick: signOut });
  }

  /** @param {object[]} items of the study list's menu */
  function withSignOut(items) {
    const more = ours().filter(({ name }) => name !== SHARE);
    const all = [...items, ...more.map(({ name, act }) => ({ id: name, label: name, onClick: act }))];
    return session?.canSignOut ? [...all, { id: 'sign-out', label: entry(), onClick: signOut }] : all;
  }

  /**
   * Notices every 401 of the archive. OHIF does not report those of frames: it calls getHTTPErrorHandler(error), which
   * returns a function and does nothing.
   */
  function watch() {
    const { send } = XMLHttpRequest.prototype;
    XMLHttpRequest.prototype.send = function (...body) {
      this.addEventListener('loadend', () => notify(this.status, this.responseURL));
      return send.apply(this, body);
    };
    const original = window.fetch.bind(window);
    window.fetch = async (...request) => {
      const answer = await original(...request);
      notify(answer.status, answer.url);
      return answer;
    };
    // A picture or a video does not say why it cannot be shown.
    const isShown = (target) => ['IMG', 'VIDEO', 'OBJECT', 'EMBED'].includes(target?.tagName);
    window.addEventListener('error', ({ target }) => isShown(target) && check(), true);
    // From the memory of the browser, by the back button.
    window.addEventListener('pageshow', ({ persisted }) => {
      if (persisted && (leaving || session)) window.location.reload();
    });
  }

  function notify(status, url) {
    // The caller handles the answer of /session.
    if (status === 401 && url.startsWith(`${window.location.origin}/`) && !url.endsWith('/session')) signIn();
  }

  watch();
  if (isShare) window.setInterval(() => document.visibilityState === 'visible' && checkShare(), SHARE_CHECK_MS);
  /** The first answer to who is signed in. */
  const asked = new Promise((resolve) => document.addEventListener('DOMContentLoaded', resolve)).then(check).finally(() => {
    isAsked = true;
  });

  return { signIn, addTo, withSignOut, orNothing, may, mayDownload };
})();
