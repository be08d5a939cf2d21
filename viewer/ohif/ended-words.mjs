/** @typedef {{ id: string, name?: string }} Person the `id` alone tells people apart */

/**
 * What the notice says when the session has ended. Another person may see and store other studies, and what is stored would have another name on it.
 * @param {string | undefined} lost what is not stored, as a sentence
 * @param {Person | undefined} was
 * @param {Person | undefined} now who is signed in
 * @returns {string[]}
 */
export function textsFor(lost, was, now) {
  const as = was?.name === undefined ? '' : ` as ${was.name}`;
  const same = was?.name === undefined ? 'the person who opened this study' : was.name;
  const other = now?.name === was?.name ? undefined : now?.name;
  const texts =
    now === undefined
      ? [`Sign in${as} in another tab, and come back to this one: nothing is lost then.`]
      : [
          `${other ?? 'Another person'} is signed in now. This page goes on only for ${same}.`,
          `Sign out in the other tab, sign in${as} there, and come back to this one: nothing is lost then.`,
        ];
  return lost === undefined ? texts : [lost, ...texts];
}
