import { tally } from './progress.mjs';
import { setText } from './table.mjs';
import { bytesText, countText } from './words.mjs';

/** What the button does that forgets what was chosen. */
const CLEAR = {
  choosing: 'Choose others instead',
  sending: '',
  paused: 'Give up this upload',
  done: 'Upload more',
};

/** @param {string} id */
const element = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/**
 * Shows the buttons that can be used now.
 * @param {import('./upload.mjs').PageUpload} upload
 */
export function showButtons({ stage, items, looking }) {
  const isReady = looking === 0 && items.length > 0;
  const refused = tally(items).refused;
  const send = element('send');
  send.hidden = stage !== 'choosing' || !isReady;
  const bytes = items.reduce((sum, { size }) => sum + size, 0);
  setText(send, `Send ${countText(items.length, 'file')} (${bytesText(bytes)})`);
  element('pause').hidden = stage !== 'sending';
  element('resume').hidden = stage !== 'paused';
  element('retry').hidden = stage !== 'done' || refused === 0;
  element('report').hidden = stage !== 'done';
  element('clear').hidden = stage === 'sending' || looking > 0;
  setText(element('clear'), CLEAR[stage]);
}

/**
 * Moves the focus to this button when the button that was used has disappeared: people who use a keyboard or a screen
 * reader continue there.
 * @param {string} id
 */
export function focusOn(id) {
  const { activeElement: now } = document;
  if (now === null || now === document.body || !now.checkVisibility()) element(id).focus();
}
