import { Deidentification } from '../../dicom/deidentify/deidentification';
import type { DeidentifyOptions } from '../../dicom/deidentify/deidentify-options';
import { readDeidentifyOptions } from '../../dicom/deidentify/read-options';
import { SHARE_DEIDENTIFICATION_KEY } from '../object-keys';
import type { Archive } from '../ports';
import type { VisibleScope } from '../visibility';
import { archiveKey } from './archive-key';

/**
 * How a principal sees an archive de-identified (PS3.15 E). A role, a share and a request with `anonymize=yes` each say it in
 * this form, and one mechanism carries it out: see deidentified-archive.ts.
 */
export interface DeidentifiedView {
  readonly options: DeidentifyOptions;
  /** The share whose key makes the replacements; absent: the key of the archive. */
  readonly share?: string;
  /** The study or the series that is seen, by the archive's own UIDs; absent: all that the principal can see. */
  readonly of?: VisibleScope;
}

/**
 * The de-identification of a view. Under one key a patient and a study have the same replacements in all requests. Each share
 * has a key of its own, so that two recipients cannot tell that they have the same patient.
 * @param archive keeps the keys
 */
export async function deidentificationOf(
  archive: Pick<Archive, 'index' | 'objects'>,
  { options, share }: Pick<DeidentifiedView, 'options' | 'share'>,
): Promise<Deidentification> {
  if (share === undefined) return new Deidentification(options, await archiveKey(archive));
  const secret = new Uint8Array(await archiveKey(archive, SHARE_DEIDENTIFICATION_KEY));
  const key = await crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const ofShare = await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(share));
  return new Deidentification(options, new Uint8Array(ofShare));
}

/**
 * Reads the options of a view from a setting or from a request.
 * @param json true: the Basic Profile without options
 * @returns undefined when a name or a value is not one of DeidentifyOptions
 */
export function viewOptionsOf(json: unknown): DeidentifyOptions | undefined {
  return readDeidentifyOptions(json === true ? {} : json);
}

/** The options that all of these have: nothing stays that one of them removes. */
export function commonOptions([first = {}, ...others]: readonly DeidentifyOptions[]): DeidentifyOptions {
  const kept = Object.entries(first).flatMap(([name, value]) => {
    const values = [value, ...others.map((each) => each[name as keyof DeidentifyOptions])];
    if (!values.every(Boolean)) return [];
    return [[name, values.includes('modified') ? 'modified' : value]];
  });
  return Object.fromEntries(kept);
}
