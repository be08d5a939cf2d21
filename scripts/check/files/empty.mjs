import { request } from '../../support/dicomweb-client.mjs';

/**
 * Says why a check must not store its files in the archive: they would be mixed with patients' images.
 * @param {string} base the DICOMweb root
 * @returns {Promise<string | undefined>} undefined for an archive that says that it is empty
 */
export async function whyNotToStore(base) {
  const advice = 'Start an empty one: npm start -- --data NEW_FOLDER --no-sample';
  try {
    const { status, body } = await request(`${base}/studies?limit=1`, {
      headers: { Accept: 'application/dicom+json' },
    });
    if (status === 204) return undefined;
    if (status !== 200) return `The archive at ${base} does not say whether it is empty (${status}).`;
    if (JSON.parse(body.toString()).length === 0) return undefined;
    return `The archive at ${base} is not empty. This check stores files, so it needs an empty archive. ${advice}`;
  } catch (error) {
    return `The archive at ${base} does not say whether it is empty (${/** @type {Error} */ (error).message}).`;
  }
}
