/*
 * Images that arrive while their study is open. OHIF reads a study once, so without a word the user would believe that the study is complete.
 */
import { arrived, countsOf, uidsIn } from './arrived.mjs';
import { credential } from './credential.mjs';

/** Milliseconds after which the archive is asked again; twice as long each time that nothing has arrived. */
const FIRST_MS = 30_000;
const LONGEST_MS = 300_000;

/** What a user does who is at the page. */
const SIGNS = ['pointermove', 'pointerdown', 'wheel', 'keydown'];

/** The browser's. */
const { document, window } = /** @type {any} */ (globalThis);

/**
 * Watches the archive while studies are open and the user is at the page. A page that is left alone does not ask: a session ends when
 * it has had no request for some time (SESSION_IDLE_MINUTES).
 */
export class Arrivals {
  #root;
  #read;
  #notifications;
  /** @type {unknown} the notification that is shown */
  #shown;
  /** The number of the current opening: an answer that belongs to an older one is dropped. */
  #begun = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #wait = FIRST_MS;
  /** The user has done something since the archive was asked. */
  #isPresent = false;
  /** The time to ask has come, and the user is not there. */
  #isDue = false;
  #told = 0;
  /** @type {import('./arrived.mjs').Counts | undefined} */
  #before;

  /**
   * @param {string} root the path before /dicomweb
   * @param {() => import('./arrived.mjs').Counts} read the instances that the page has read
   * @param {{ show: (notification: any) => unknown, hide: (id: any) => void }} notifications of OHIF
   */
  constructor(root, read, notifications) {
    this.#root = root;
    this.#read = read;
    this.#notifications = notifications;
  }

  /** A page of studies was opened. */
  begin() {
    this.end();
    this.#told = 0;
    this.#before = undefined;
    document.addEventListener('visibilitychange', this.#look);
    for (const sign of SIGNS) document.addEventListener(sign, this.#noteSign, { capture: true, passive: true });
    this.#look();
  }

  /** The page was left. */
  end() {
    this.#begun += 1;
    this.#wait = FIRST_MS;
    clearTimeout(this.#timer);
    document.removeEventListener('visibilitychange', this.#look);
    for (const sign of SIGNS) document.removeEventListener(sign, this.#noteSign, { capture: true });
    this.#hide();
  }

  /** @param {number} count */
  #tell(count) {
    this.#hide();
    const message =
      count === 1
        ? 'One more image of this study has arrived. It is not shown yet.'
        : `${count} more images of this study have arrived. They are not shown yet.`;
    const action = { label: 'Open again', onClick: () => window.location.reload() };
    const lasting = { type: 'warning', duration: Number.POSITIVE_INFINITY, action };
    this.#shown = this.#notifications.show({ title: 'This study has grown', message, ...lasting });
  }

  #hide() {
    if (this.#shown !== undefined) this.#notifications.hide(this.#shown);
    this.#shown = undefined;
  }

  #noteSign = () => {
    this.#isPresent = true;
    if (this.#isDue) this.#look();
  };

  #lookIfPresent = () => {
    if (this.#isPresent) this.#look();
    else this.#isDue = true;
  };

  #look = async () => {
    clearTimeout(this.#timer);
    if (document.visibilityState === 'hidden') return;
    this.#isPresent = false;
    this.#isDue = false;
    const begun = this.#begun;
    // If the archive does not answer, or no longer answers this user, it is asked later.
    const now = await this.#counts().catch(() => undefined);
    if (begun !== this.#begun) return;
    this.#before ??= now ?? new Map();
    const count = now === undefined ? this.#told : arrived(this.#before, now, this.#read());
    if (count > this.#told) this.#tell(count);
    this.#wait = count > this.#told ? FIRST_MS : Math.min(2 * this.#wait, LONGEST_MS);
    this.#told = count;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#lookIfPresent, this.#wait);
  };

  /** @returns {Promise<import('./arrived.mjs').Counts>} */
  async #counts() {
    const { search } = window.location;
    const wanted = uidsIn(search, 'SeriesInstanceUIDs');
    const headers = { Accept: 'application/dicom+json', ...credential() };
    const lists = uidsIn(search, 'StudyInstanceUIDs').map(async (uid) => {
      const answer = await fetch(`${this.#root}/dicomweb/studies/${uid}/series`, { headers, cache: 'no-cache' });
      if (!answer.ok) throw new Error(`${answer.status}`);
      return [...countsOf(await answer.json(), wanted)];
    });
    return new Map((await Promise.all(lists)).flat());
  }
}
