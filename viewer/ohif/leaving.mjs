import { notStoredYet, question } from './unsaved.mjs';

const STYLE = `
  [data-archive-leaving] { pointer-events: auto; max-width: 92vw; margin: auto; padding: 1.2rem 1.5rem; border: 1px solid #3a3f99;
    border-radius: .5rem; background: #090c29; color: #e6e8f5; font: 15px/1.5 system-ui, sans-serif; }
  [data-archive-leaving]::backdrop { background: #000a; }
  [data-archive-leaving] button { margin: 1rem .6rem 0 0; padding: .3rem 1rem; border: 1px solid #3a3f99; border-radius: 4px;
    background: #2a31c2; color: inherit; font: inherit; cursor: pointer; }
  [data-archive-leaving] :focus-visible { outline: 2px solid #5acce6; outline-offset: 1px; }
`;

/**
 * Whether going from one address to another loses the drawings: OHIF opens a study again at every change, also of
 * the query alone.
 * @param {URL} from
 * @param {URL} to
 */
function leads(from, to) {
  return from.pathname !== to.pathname || from.search !== to.search;
}

/**
 * Asks before the user leaves a study with something that is not stored. All ways within OHIF go through its router: it
 * calls `holds` before it goes on (scripts/viewer/storing-patches.mjs), and hears of the browser's Back and Forward by
 * "popstate". All other ways unload the page.
 */
export class Leaving {
  /** The measurements and segmentations that would be lost.  @type {import('./unsaved.mjs').Unsaved} */
  #unsaved;
  /** The address of the study that is open, and its place in the history. */
  #here = placeNow();
  /** Whether the user has answered "Leave". */
  #isReleased = false;
  /** Is called at the next "popstate", which this class has caused; undefined: it has caused none.  @type {(() => void) | undefined} */
  #returned;

  /** @param {import('./unsaved.mjs').Unsaved} unsaved */
  constructor(unsaved) {
    this.#unsaved = unsaved;
    // Before OHIF's router.
    window.addEventListener('popstate', (event) => this.#popped(event));
    window.addEventListener('archive-address', () => {
      if (!this.#isLost(placeNow().address)) this.#here = placeNow();
    });
    window.addEventListener('beforeunload', (event) => {
      if (!this.#isReleased && !unsaved.isEmpty()) event.preventDefault();
    });
  }

  /** Begins to ask, when a study was opened. */
  begin() {
    this.#here = placeNow();
    this.#isReleased = false;
  }

  /**
   * Called before the router goes to another address.
   * @param {string} address
   * @param {() => void} go on, when the user leaves
   * @returns {boolean} whether the router has to stay
   */
  holds(address, go) {
    if (!this.#isLost(new URL(address, window.location.href))) return false;
    this.ask().then((leaves) => leaves && go());
    return true;
  }

  /** @returns {Promise<boolean>} whether the page may be left: nothing would be lost, or the user says so */
  async ask() {
    if (this.#isReleased || this.#unsaved.isEmpty()) return true;
    this.#isReleased = await answerTo(question(this.#unsaved.count()));
    return this.#isReleased;
  }

  /** @returns {string | undefined} what would be lost, as a sentence; undefined: nothing, or the user has agreed */
  lost() {
    return this.#isReleased || this.#unsaved.isEmpty() ? undefined : notStoredYet(this.#unsaved.count());
  }

  /** @param {URL} address */
  #isLost(address) {
    return !this.#isReleased && leads(this.#here.address, address) && !this.#unsaved.isEmpty();
  }

  /** Handles a move of the browser to another address: goes back, and then asks. @param {PopStateEvent} event */
  #popped(event) {
    if (this.#returned !== undefined) {
      event.stopImmediatePropagation();
      this.#returned();
      return;
    }
    const { address, index } = placeNow();
    if (!this.#isLost(address)) return;
    event.stopImmediatePropagation();
    // The router numbers its entries in the history.
    const steps = index === undefined || this.#here.index === undefined ? 0 : index - this.#here.index;
    const ask = () => {
      this.#returned = undefined;
      this.ask().then((leaves) => leaves && window.history.go(steps || -1));
    };
    if (steps === 0) {
      window.history.pushState(this.#here.state, '', this.#here.address);
      ask();
    } else {
      this.#returned = ask;
      window.history.go(-steps);
    }
  }
}

function placeNow() {
  const { state } = window.history;
  const index = typeof state?.idx === 'number' ? state.idx : undefined;
  return { address: new URL(window.location.href), state, index };
}

/**
 * Asks the user, once at a time.
 * @param {string} text
 * @returns {Promise<boolean>} whether the user leaves
 */
function answerTo(text) {
  // An answered dialog stays in the page for a moment.
  if (document.querySelector('[data-archive-leaving][open]')) return Promise.resolve(false);
  const dialog = document.createElement('dialog');
  dialog.dataset.archiveLeaving = '';
  dialog.setAttribute('aria-labelledby', 'archive-leaving-text');
  dialog.innerHTML = `<style>${STYLE}</style><p id="archive-leaving-text"></p><form method="dialog">
    <button value="stay" autofocus>Stay</button><button value="leave">Leave</button></form>`;
  /** @type {Element} */ (dialog.querySelector('p')).textContent = text;
  // OHIF has shortcuts of one key.
  dialog.addEventListener('keydown', (event) => event.stopPropagation());
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(dialog.returnValue === 'leave');
    });
  });
}

/**
 * An extension of OHIF that says when a study is opened and left.
 * @param {import('./unsaved.mjs').Unsaved} unsaved
 * @param {Leaving} leaving
 */
export function unsavedExtension(unsaved, leaving) {
  return {
    id: 'archive.unsaved',
    /** @param {{ servicesManager: { services: any } }} parts of OHIF */
    onModeEnter({ servicesManager }) {
      leaving.begin();
      unsaved.begin(servicesManager.services);
    },
    onModeExit: () => unsaved.end(),
  };
}
