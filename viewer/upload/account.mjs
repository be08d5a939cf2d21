/** The archive that the address of the page names: `?archive=NAME`. */
const archive = new URLSearchParams(window.location.search).get('archive');

/** The path before /dicomweb and /session. */
export const root = archive === null ? '' : `/archives/${encodeURIComponent(archive)}`;

/** The study list of the archive. */
export const listAddress = archive === null ? '/' : `/?archive=${encodeURIComponent(archive)}`;

/** @param {string} study its UID */
export function viewerAddress(study) {
  const query = new URLSearchParams({ StudyInstanceUIDs: study, ...(archive !== null && { archive }) });
  return `/viewer?${query}`;
}

/** The page that a user sees who has signed in again beside an upload that waits. */
export const SIGNED_IN = 'signed-in';

/** @param {string} page where the user is after the sign-in */
export function signInAddress(page) {
  return `/sign-in?return=${encodeURIComponent(page)}`;
}

/**
 * The user of the page and, if the user may not upload, the reason; whether the user may open studies in the viewer.
 * @typedef {{ name: string, refusal?: string, isSignedOut?: boolean, mayView?: boolean }} Account
 */

/** @returns {Promise<Account>} */
export async function account() {
  const answer = await fetch(`${root}/session`, { cache: 'no-store' }).catch(() => undefined);
  if (answer === undefined)
    return { name: '', refusal: 'The archive cannot be reached. Reload the page to try again.' };
  const body = await answer.json().catch(() => ({}));
  if (answer.status === 401) return { name: '', isSignedOut: true };
  if (answer.status === 404) return { name: '', refusal: `There is no archive "${archive}" that you may see.` };
  if (!answer.ok) return { name: '', refusal: body.detail ?? `The archive answered ${answer.status}.` };
  const name = body.name ?? '';
  if (!body.permissions.includes('store'))
    return { name, refusal: 'You may not store images here: you need the permission "store".' };
  return { name, mayView: ['search', 'retrieve'].every((each) => body.permissions.includes(each)) };
}
