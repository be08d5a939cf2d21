/*
 * What the page says when a study, or a series of it, did not come. OHIF shows its indicator of loading until something can be
 * shown, and does not name a series whose attributes did not arrive.
 */

/**
 * @typedef {{ SeriesInstanceUID?: string, SeriesDescription?: string, Modality?: string }} Named
 * @typedef {{ metadata?: Named, start: () => Promise<unknown> }} Requested how OHIF asks for the attributes of a series
 *
 * @typedef {object} Opening
 * @property {string[]} studies why studies did not come
 * @property {string[]} absent the series that the address names, and that no study has
 * @property {{ name: string, reason: string }[]} series that did not come
 * @property {number} found series that the studies have
 */

/** The texts of dicomweb-client and of browsers that say nothing. */
const SAYS_NOTHING = /request failed|^\s*$/i;

/**
 * Waits until everything that a study consists of was asked for.
 * @param {readonly PromiseSettledResult<Requested[]>[]} studies the answers to the searches for their series
 * @param {readonly string[]} wanted the series that the address names; all of them if it names none
 * @returns {Promise<Opening>}
 */
export async function opening(studies, wanted) {
  const series = studies.flatMap((one) => (one.status === 'fulfilled' ? (one.value ?? []) : []));
  const answers = await Promise.allSettled(series.map((one) => one.start()));
  const found = new Set(series.map(({ metadata }) => metadata?.SeriesInstanceUID));
  return {
    studies: studies.flatMap((one) => (one.status === 'rejected' ? [reasonOf(one.reason)] : [])),
    absent: wanted.filter((uid) => !found.has(uid)),
    series: answers.flatMap((one, at) =>
      one.status === 'rejected' ? [{ name: nameOf(series[at]?.metadata), reason: reasonOf(one.reason) }] : [],
    ),
    found: series.length,
  };
}

/** @param {Named | undefined} series */
function nameOf({ Modality, SeriesDescription } = {}) {
  return [Modality, SeriesDescription].filter(Boolean).join(' ') || 'A series without a name';
}

/** @param {any} error of a request, or of the code that reads the answer */
function reasonOf(error) {
  const { request, message } = error ?? {};
  if (request === undefined) return 'Its attributes cannot be read: they are missing or damaged.';
  if (!SAYS_NOTHING.test(String(message ?? ''))) return String(message);
  if (request.status === 404 || request.status === 410) return 'It was deleted or moved, or you may not see it.';
  return request.status > 0 ? `The archive answered ${request.status}.` : 'The archive cannot be reached.';
}

/**
 * The words for a page without any series.
 * @param {Opening} opening
 * @returns {{ title: string, texts: string[], isNamed: boolean }} isNamed: the address names series, and the study may have others
 */
export function nothingCame({ studies, absent, series, found }) {
  if (studies.length > 0)
    return { title: 'The study could not be loaded', texts: [...new Set(studies)], isNamed: false };
  if (series.length > 0) {
    const texts = series.map(({ name, reason }) => `${name}: ${reason}`);
    return { title: 'The study could not be loaded', texts, isNamed: false };
  }
  if (absent.length > 0) {
    const which = absent.length === 1 ? `the series ${absent[0]}` : `any of the series ${absent.join(', ')}`;
    const why = 'It was deleted or moved, you may not see it, or the address is mistyped.';
    const texts = [`The archive does not have ${which} in this study.`, why];
    return { title: 'This series is not here', texts, isNamed: true };
  }
  const [title, text] =
    found === 0
      ? ['This study is not here', 'The archive has nothing of it: it was deleted or moved, or you may not see it.']
      : ['Nothing of this study can be shown', 'The viewer does not know what its series are.'];
  return { title, texts: [text], isNamed: false };
}

/**
 * What is missing in a page that shows something.
 * @param {Opening} opening
 * @returns {string | undefined} undefined if everything came
 */
export function somethingMissing({ studies, absent, series }) {
  const texts = [
    ...studies.map((reason) => `A study could not be loaded: ${reason}`),
    ...series.map(({ name, reason }) => `${name}: ${reason}`),
    ...absent.map((uid) => `The archive does not have the series ${uid} in this study.`),
  ];
  return texts.length === 0 ? undefined : [...new Set(texts)].join(' ');
}

/** The parameters of OHIF that name what is shown first, in lower case. @type {Record<string, string>} */
const FIRST = { initialseriesinstanceuid: 'series', initialsopinstanceuid: 'image' };

/**
 * What an address asks for first and the page does not have. OHIF shows something else then, without a word.
 * @param {string} search of the address
 * @param {(uid: string) => boolean} has whether the page has a series, or an instance
 * @returns {string | undefined}
 */
export function notFirst(search, has) {
  const asked = [...new URLSearchParams(search)].flatMap(([name, value]) => {
    const kind = FIRST[name.toLowerCase()];
    return kind === undefined ? [] : value.split(',').map((uid) => ({ kind, uid }));
  });
  const lost = asked.filter(({ uid }) => /^[\d.]{1,64}$/.test(uid) && !has(uid));
  if (lost.length === 0) return undefined;
  const names = lost.map(({ kind, uid }) => `the ${kind} ${uid}`).join(' and ');
  return `The address asks for ${names}, which this page does not have: the archive lacks it in this study, or the address leaves it out. What you see is something else.`;
}

/** The address of what is open, in the viewer's usual layout. @param {{ pathname: string, search: string }} location */
export function withoutLayout({ pathname, search }) {
  const query = new URLSearchParams(search);
  for (const name of [...query.keys()]) if (name.toLowerCase() === 'hangingprotocolid') query.delete(name);
  return `${pathname}?${query}`;
}
