/*
 * The text over a viewport. It takes no clicks and no wheel, apart from its buttons, so that the user can scroll on.
 */

// OHIF's words that it is loading are at 50.
const STYLE =
  'position:absolute;inset:0;z-index:51;overflow:hidden;pointer-events:none;display:flex;flex-direction:column;justify-content:center;gap:.6rem;padding:1.5rem 12%;background:#050615;color:#fff;font:1rem/1.5 system-ui,sans-serif';
const BANNER =
  'position:absolute;inset:0 0 auto 0;z-index:30;pointer-events:none;padding:.3rem 1rem;background:#5b3200;color:#fff;font:.9rem/1.4 system-ui,sans-serif;text-align:center';
const BUTTON = 'pointer-events:auto;color:#5acce6;cursor:pointer;text-decoration:underline';

/** @typedef {{ kind: 'report' | 'picture', address: string }} Rendered the archive's own rendering of an instance */

/** The covers and their texts. @type {WeakMap<Element, string>} */
const said = new WeakMap();

/**
 * Puts words over a pane of the grid, or takes them away. Nothing is done when the pane says this already.
 * @param {Element} pane
 * @param {import('./words.mjs').Words | string | undefined} words text: at the upper edge, over what the pane shows
 * @param {Record<string, string | (() => void)>} actions by their names: an address to download, or what to do
 * @param {readonly Rendered[]} [rendered] shown below the words
 */
export function cover(pane, words, actions = {}, rendered = []) {
  const key = words === undefined ? '' : JSON.stringify([saidOf(words), Object.keys(actions), rendered]);
  if ((said.get(pane) ?? '') === key && (key === '' || pane.querySelector(':scope > [data-not-shown]'))) return;
  said.set(pane, key);
  pane.querySelector(':scope > [data-not-shown]')?.remove();
  // So that dialogs and menus lie over the text.
  /** @type {HTMLElement} */ (pane).style.isolation = words === undefined || typeof words === 'string' ? '' : 'isolate';
  if (words !== undefined) pane.append(typeof words === 'string' ? banner(words) : page(words, actions, rendered));
}

/** @param {import('./words.mjs').Words | string} words */
const saidOf = (words) => (typeof words === 'string' ? words : [words.title, words.texts]);

/** @param {string} text */
function banner(text) {
  const element = box(BANNER);
  element.textContent = text;
  return element;
}

/**
 * @param {import('./words.mjs').Words} words
 * @param {Record<string, string | (() => void)>} actions
 * @param {readonly Rendered[]} rendered
 */
function page({ title, texts }, actions, rendered) {
  const element = box(rendered.length === 0 ? STYLE : STYLE.replace('padding:1.5rem 12%', 'padding:.5rem 1rem'));
  const heading = document.createElement('h2');
  heading.textContent = title;
  heading.style.cssText = 'font-size:1.3rem;margin-bottom:.3rem';
  element.append(heading);
  for (const text of texts) {
    const line = document.createElement('p');
    line.textContent = text;
    element.append(line);
  }
  const row = document.createElement('p');
  row.style.cssText = 'display:flex;gap:1.5rem;margin-top:.6rem';
  row.append(...Object.entries(actions).map(([name, action]) => control(name, action)));
  element.append(row);
  if (rendered.length > 0) element.append(pages(title, rendered));
  return element;
}

/** The archive's own pages and pictures, one at a time. @param {string} title @param {readonly Rendered[]} rendered */
function pages(title, rendered) {
  const element = document.createElement('div');
  // A page can be scrolled; over a picture, the user scrolls through the series.
  const events = rendered.some(({ kind }) => kind === 'report') ? 'auto' : 'none';
  element.style.cssText = `flex:1;min-height:0;display:flex;flex-direction:column;gap:.4rem;pointer-events:${events}`;
  let at = 0;
  const place = document.createElement('div');
  place.style.cssText = 'flex:1;min-height:0;display:flex;justify-content:center';
  const show = () => place.replaceChildren(view(title, /** @type {Rendered} */ (rendered[at])));
  if (rendered.length > 1) {
    const next = control(`Next of ${rendered.length}`, () => {
      at = (at + 1) % rendered.length;
      show();
    });
    next.style.alignSelf = 'start';
    element.append(next);
  }
  show();
  element.append(place);
  return element;
}

/** @param {string} title @param {Rendered} rendered */
function view(title, { kind, address }) {
  const element = document.createElement(kind === 'report' ? 'iframe' : 'img');
  element.setAttribute(kind === 'report' ? 'title' : 'alt', title);
  element.setAttribute('src', address);
  element.style.cssText = kind === 'report' ? 'flex:1;border:0;background:#fff' : 'max-width:100%;object-fit:contain';
  return element;
}

/** @param {string} style */
function box(style) {
  const element = document.createElement('div');
  element.dataset.notShown = '';
  element.setAttribute('role', 'status');
  element.style.cssText = style;
  return element;
}

/** @param {string} name @param {string | (() => void)} action */
function control(name, action) {
  const element = document.createElement(typeof action === 'string' ? 'a' : 'button');
  element.textContent = name;
  element.style.cssText = BUTTON;
  if (typeof action === 'string') {
    element.setAttribute('href', action);
    element.setAttribute('download', '');
  } else {
    element.setAttribute('type', 'button');
    element.addEventListener('click', action);
  }
  return element;
}
