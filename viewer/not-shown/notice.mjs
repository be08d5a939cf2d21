/**
 * What a notice can still do.
 * @typedef {object} Notice
 * @property {(texts: string[]) => void} say replaces the texts
 * @property {() => void} close for a page that the user goes on with
 */

/**
 * Covers the viewer with a notice that says why it cannot work. There is one at a time. It has the focus and all keys, and Escape
 * does not close it.
 * @param {string} title
 * @param {string[]} texts
 * @param {Record<string, () => void>} buttons by their names
 * @returns {Notice | undefined} undefined: there is a notice already
 */
export function notice(title, texts, buttons = {}) {
  if (document.querySelector('[data-archive-notice]')) return undefined;
  // It would lie below the notice, unanswered.
  /** @type {HTMLDialogElement | null} */ (document.querySelector('dialog[data-archive-leaving][open]'))?.close();
  const cover = coverWith(title, texts, buttons);
  for (const name of KEYS) window.addEventListener(name, hold, true);
  document.body.append(cover);
  cover.showModal();
  return {
    say(others) {
      for (const line of cover.querySelectorAll('p')) line.remove();
      cover.querySelector('h1')?.after(...others.map((text) => lineOf('p', text)));
    },
    close() {
      for (const name of KEYS) window.removeEventListener(name, hold, true);
      // Gives the focus back to where it was.
      cover.close();
      cover.remove();
    },
  };
}

const KEYS = /** @type {const} */ (['keydown', 'keypress', 'keyup']);

/**
 * OHIF has shortcuts of one key, also where nothing has the focus. The browser's own Tab, Enter and Space still work.
 * @param {KeyboardEvent} event
 */
function hold(event) {
  event.stopImmediatePropagation();
  const isAsked = document.querySelector('[data-archive-leaving][open]') !== null;
  if (event.key === 'Escape' && !isAsked) event.preventDefault();
}

/** @param {string} title @param {string[]} texts @param {Record<string, () => void>} buttons */
function coverWith(title, texts, buttons) {
  const cover = document.createElement('dialog');
  cover.dataset.archiveNotice = '';
  cover.setAttribute('role', 'alertdialog');
  cover.setAttribute('aria-label', title);
  // A click on the text keeps the focus in the notice.
  cover.tabIndex = -1;
  // OHIF's dialogs take the clicks from everything else in the page.
  cover.style.cssText =
    'pointer-events:auto;position:fixed;inset:0;z-index:100000;box-sizing:border-box;width:100%;height:100%;max-width:none;max-height:none;margin:0;border:0;outline:0;overflow:auto;padding:15vh 10vw;background:#050615;color:#fff;font:1.1rem/1.6 system-ui,sans-serif';
  cover.addEventListener('cancel', (event) => event.preventDefault());
  cover.append(lineOf('h1', title), ...texts.map((text) => lineOf('p', text)));
  for (const [name, act] of Object.entries(buttons)) {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = name;
    button.style.cssText = 'margin-right:1.5rem;color:#5acce6;cursor:pointer;text-decoration:underline';
    button.addEventListener('click', act);
    cover.append(button);
  }
  return cover;
}

/** @param {'h1' | 'p'} tag @param {string} text */
function lineOf(tag, text) {
  const element = document.createElement(tag);
  element.textContent = text;
  element.style.cssText = tag === 'h1' ? 'font-size:1.8rem;margin-bottom:1rem' : 'margin-bottom:1rem';
  return element;
}
