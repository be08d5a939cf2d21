import { notice } from '../not-shown/notice.mjs';
import { textsFor } from './ended-words.mjs';

/**
 * @typedef {import('./ended-words.mjs').Person} Person
 * @typedef {{ lost(): string | undefined, ask(): Promise<boolean> }} Leaving
 */

/** Whether the page is being asked, or says already, that the session has ended: several requests may be refused at once. */
let isKept = false;

/**
 * Covers the page when the session has ended while something is not stored: going to the sign-in page would lose it. When the same
 * person has signed in in another tab, which shares the cookie, the page goes on.
 * @param {object} page
 * @param {Person | undefined} page.was who was signed in; undefined: the page has not learned it
 * @param {string} page.elsewhere the address for the other tab
 * @param {() => Promise<Person | undefined>} page.ask who is signed in; undefined: nobody
 * @param {() => void} page.leave for the sign-in page
 * @param {Leaving} leaving
 */
export async function keepWork({ was, elsewhere, ask, leave }, leaving) {
  if (isKept) return;
  isKept = true;
  const who = () => ask().catch(() => undefined);
  const isSame = (/** @type {Person | undefined} */ person) => person !== undefined && person.id === was?.id;
  let now = await who();
  // An answer that was late: the user has signed in since.
  if (isSame(now)) return forget();
  const cover = notice('Your session has ended', textsFor(leaving.lost(), was, now), {
    'Sign in in another tab': () => window.open(elsewhere, '_blank'),
    'Sign in here': async () => (await leaving.ask()) && leave(),
  });
  if (cover === undefined) return forget();
  const look = async () => {
    if (document.visibilityState === 'hidden') return;
    const person = await who();
    if (isSame(person)) {
      cover.close();
      document.removeEventListener('visibilitychange', look);
      window.removeEventListener('focus', look);
      forget();
    } else if (person?.id !== now?.id) {
      now = person;
      cover.say(textsFor(leaving.lost(), was, now));
    }
  };
  document.addEventListener('visibilitychange', look);
  window.addEventListener('focus', look);
}

function forget() {
  isKept = false;
}
