/**
 * Covers the viewer with a notice that says why it cannot work. There is one at a time.
 * @param {string} title
 * @param {string[]} texts
 * @param {Record<string, () => void>} buttons by their names
 * @returns {HTMLElement | undefined} undefined: there is a notice already
 */
export function notice(title, texts, buttons = {}) {
  if (document.querySelector('[data-archive-notice]')) return undefined;
  const cover = document.createElement('dialog');
  cover.dataset.archiveNotice = '';
  cover.setAttribute('role', 'alertdialog');
  cover.setAttribute('aria-label', title);
  // OHIF's dialogs take the clicks from everything else in the page.
  cover.style.cssText =
    'pointer-events:auto;position:fixed;inset:0;z-index:100000;box-sizing:border-box;width:100%;height:100%;max-width:none;max-height:none;margin:0;border:0;outline:0;overflow:auto;padding:15vh 10vw;background:#050615;color:#fff;font:1.1rem/1.6 system-ui,sans-serif';
  for (const [tag, text] of [
    /** @type {const} */ (['h1', title]),
    ...texts.map((text) => /** @type {const} */ (['p', text])),
  ]) {
    const element = document.createElement(tag);
    element.textContent = text;
    element.style.cssText = tag === 'h1' ? 'font-size:1.8rem;margin-bottom:1rem' : 'margin-bottom:1rem';
    cover.append(element);
  }
  for (const [name, act] of Object.entries(buttons)) {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = name;
    button.style.cssText = 'margin-right:1.5rem;color:#5acce6;cursor:pointer;text-decoration:underline';
    button.addEventListener('click', act);
    cover.append(button);
  }
  // Keys do not reach what is covered: neither OHIF's shortcuts, nor Escape, which would close this.
  cover.addEventListener('keydown', (event) => {
    event.stopPropagation();
    if (event.key === 'Escape') event.preventDefault();
  });
  document.body.append(cover);
  cover.showModal();
  return cover;
}
