import { tagText } from '../dictionary/dictionary';
import { DicomError } from '../errors';
import type { DicomJsonAttribute } from '../json/json-model';
import { isUID } from '../values/value-checks';
import type { WarningList } from '../warnings';

/** The UIDs that identify an instance, as far as they have been read. */
export interface Identity {
  studyInstanceUID?: string;
  seriesInstanceUID?: string;
  sopInstanceUID?: string;
  sopClassUID?: string;
}

/** The attributes that identify an instance, in the order in which their absence is reported. */
const IDENTIFIERS: readonly (readonly [tag: string, key: keyof Identity])[] = [
  ['00080016', 'sopClassUID'],
  ['00080018', 'sopInstanceUID'],
  ['0020000D', 'studyInstanceUID'],
  ['0020000E', 'seriesInstanceUID'],
];
const IDENTIFIER_BY_TAG = new Map(IDENTIFIERS.map(([tag, key]) => [Number.parseInt(tag, 16), key]));

/**
 * Whether a UID can be used in paths and keys, even if it is not a valid UID by PS3.5 9.1. It may be twice as long as
 * PS3.5 allows.
 */
export function isUsableUID(uid: string): boolean {
  return /^[0-9A-Za-z._-]{1,128}$/.test(uid) && uid !== '.' && uid !== '..';
}

/** The UIDs that the file meta information repeats. */
interface RepeatedUIDs {
  readonly sopClassUID?: string | undefined;
  readonly sopInstanceUID?: string | undefined;
}

/** Collects the UIDs that identify an instance. Each of them can be used in a path. */
export class IdentityReader {
  readonly uids: Identity = {};
  readonly #warnings: WarningList;
  #unusable = false;

  constructor(warnings: WarningList) {
    this.#warnings = warnings;
  }

  /** Takes the JSON text of an attribute of the data set. Attributes that are not identifiers are ignored. */
  take(tag: number, text: string): void {
    const key = IDENTIFIER_BY_TAG.get(tag);
    if (key === undefined) return;
    const values = (JSON.parse(text) as DicomJsonAttribute).Value;
    if (values !== undefined) this.uids[key] = this.#checked(values.join('\\'), tagText(tag));
  }

  /** Whether all UIDs are known, from the data set or from the file meta information. */
  isComplete(meta: RepeatedUIDs): boolean {
    const { uids } = this;
    const named = (uids.sopClassUID ?? meta.sopClassUID) && (uids.sopInstanceUID ?? meta.sopInstanceUID);
    return Boolean(!this.#unusable && named && uids.studyInstanceUID && uids.seriesInstanceUID);
  }

  /**
   * Adds SOP class and instance UID from the file meta information, which repeats them (PS3.10 table 7.1-1), when the
   * data set lacks them.
   *
   * @param elements of the data set; ascending
   * @returns the elements with the added ones
   */
  complete(elements: Map<string, string>, meta: RepeatedUIDs): Map<string, string> {
    const added: [tag: string, text: string][] = [];
    for (const [tag, key] of IDENTIFIERS) {
      const uid = key === 'sopClassUID' || key === 'sopInstanceUID' ? meta[key] : undefined;
      if (!uid || this.uids[key] === uid) continue;
      if (this.uids[key] !== undefined) {
        this.#warnings.add(key === 'sopClassUID' ? '00020002' : '00020003', 'wrong-meta');
        continue;
      }
      this.uids[key] = this.#checked(uid, tag);
      this.#warnings.add(tag, 'identity-from-meta');
      added.push([tag, JSON.stringify({ vr: 'UI', Value: [uid] })]);
    }
    if (added.length === 0) return elements;
    // An attribute that is present but empty is replaced.
    const completed = new Map([...elements, ...added]);
    return new Map([...completed].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /**
   * All UIDs.
   *
   * @param truncatedIn the attribute in which the file is cut off
   * @throws DicomError `missing-identity` when a UID is missing, `truncated` when it may have been in the missing part
   */
  required(truncatedIn: number | undefined): Required<Identity> {
    for (const [tag, key] of IDENTIFIERS) {
      if (this.uids[key] !== undefined) continue;
      if (truncatedIn === undefined) {
        throw new DicomError('missing-identity', 'the instance lacks an identifying attribute', tag);
      }
      throw new DicomError('truncated', 'the file ends inside a data element', tagText(truncatedIn));
    }
    return this.uids as Required<Identity>;
  }

  /** Returns a UID that can be used in a path. A UID that is not valid by PS3.5 9.1 is accepted with a warning. */
  #checked(uid: string, tag: string): string {
    if (!isUsableUID(uid)) {
      this.#unusable = true;
      throw new DicomError('malformed', 'a unique identifier has characters or a length that cannot be used', tag);
    }
    if (!isUID(uid)) this.#warnings.add(tag, 'invalid-uid');
    return uid;
  }
}
