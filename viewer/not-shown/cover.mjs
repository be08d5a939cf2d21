/*
 * The text over a viewport. It takes no clicks and no wheel, apart from its buttons, so that the user can scroll on.
 */

const STYLE =
  'position:absolute;inset:0;z-index:30;overflow:hidden;pointer-events:none;display:flex;flex-direction:column;justify-content:center;gap:.6rem;padding:1.5rem 12%;background:#050615;color:#fff;font:1rem/1.5 system-ui,sans-serif';
const BANNER =
  'position:absolute;inset:0 0 auto 0;z-index:30;pointer-events:none;padding:.3rem 1rem;background:#5b3200;color:#fff;font:.9rem/1.4 system-ui,sans-serif;text-align:center';
const BUTTON = 'pointer-events:auto;color:#5acce6;cursor:pointer;text-decoration:underline';

/** The covers, and what they say. @type {WeakMap<Element, string>} */
const said = new WeakMap();

/**
 * Puts words over a pane of the grid, or takes them away. Nothing is done when the pane says this already.
 * @param {Element} pane
 * @param {import('./words.mjs').Words | string | undefined} words text: at the upper edge, over what the pane shows
 * @param {Record<string, string | (() => void)>} actions by their names: an address to download, or what to do
 */
export function cover(pane, words, actions = {}) {
  const key = words === undefined ? '' : JSON.stringify([words, Object.keys(actions)]);
  if ((said.get(pane) ?? '') === key && (key === '' || pane.querySelector(':scope > [data-not-shown]'))) return;
  said.set(pane, key);
  pane.querySelector(':scope > [data-not-shown]')?.remove();
  if (words !== undefined) pane.append(typeof words === 'string' ? banner(words) : page(words, actions));
}

/** @param {string} text */
function banner(text) {
  const element = box(BANNER);
  element.textContent = text;
  return element;
}

/** @param {import('./words.mjs').Words} words @param {Record<string, string | (() => void)>} actions */
function page({ title, texts }, actions) {
  const element = box(STYLE);
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
