/** The words that are on the page until OHIF takes their place (scripts/viewer/page-patches.mjs). */
const WORDS = 'loading';

/**
 * Says so when one of the viewer's own scripts cannot be loaded. The page would stay as it is for ever.
 * @param {Window} window
 */
export function tellOfLostScripts({ document, location }) {
  // Such events do not bubble.
  document.addEventListener('error', ({ target }) => told(target), true);

  /** @param {EventTarget | null} target */
  function told(target) {
    const words = document.getElementById(WORDS);
    if (/** @type {Node | null} */ (target)?.nodeName !== 'SCRIPT' || words === null) return;
    const text = document.createElement('p');
    text.textContent = 'The viewer could not be loaded: the connection broke off, or the archive cannot be reached.';
    const again = document.createElement('button');
    again.textContent = 'Try again';
    again.addEventListener('click', () => location.reload());
    words.setAttribute('role', 'alert');
    words.replaceChildren(text, again);
    document.body.append(words);
  }
}
