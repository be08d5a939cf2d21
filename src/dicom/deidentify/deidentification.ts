import type { DeidentifyOptions } from './deidentify-options';
import { isRegisteredUID, uidOfDigest } from './derived-uid';

/** The identifiers that replace those of one patient. */
export interface Pseudonym {
  /** The replacement of Patient ID and of every name of the patient. */
  readonly patientID: string;
  /** Days that all dates of the patient are moved to the past. */
  readonly days: number;
}

/** Digests that an object keeps, and bytes that each takes, roughly. */
const MOST_KEPT = 10_000;
const BYTES_PER_DIGEST = 200;

/** A letter or digit for five bits, without those that are read for one another. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** Dates are moved by at least a month and by at most ten years. */
const LEAST_DAYS = 30;
const RANGE_OF_DAYS = 3620;

/**
 * A way to de-identify: the profile's options, and a key from which replacements are derived. With the same key and
 * options the same UID, patient or accession number always has the same replacement, so a de-identified study remains
 * one study, and references between its instances remain valid. Without the key, the replaced values cannot be found out.
 */
export class Deidentification {
  #imported: CryptoKey | undefined;
  readonly #kept = new Map<string, Uint8Array>();

  /** @param key secret bytes, at least one; 32 random bytes are enough */
  constructor(
    readonly options: DeidentifyOptions,
    private readonly key: Uint8Array,
  ) {}

  /** Bytes of memory that the digests take, roughly. */
  get bytes(): number {
    return this.#kept.size * BYTES_PER_DIGEST;
  }

  /** The UID of an instance, a series or a study afterwards: with Retain UIDs, the same. */
  async uid(uid: string): Promise<string> {
    return this.options.retainUIDs ? uid : await this.otherUID(uid);
  }

  /** The UID that replaces another. UIDs that PS3.6 registers stay. */
  async otherUID(uid: string): Promise<string> {
    return isRegisteredUID(uid) ? uid : uidOfDigest(await this.digest(uid));
  }

  /** @param patient names the patient: see patientOf in deidentify */
  async pseudonym(patient: string): Promise<Pseudonym> {
    const digest = await this.digest(`patient\n${patient}`);
    const number = new DataView(digest.buffer, digest.byteOffset).getUint32(16);
    return { patientID: `PAT-${lettersOf(digest, 12)}`, days: LEAST_DAYS + (number % RANGE_OF_DAYS) };
  }

  /** The accession number that replaces another; at most 16 characters (PS3.5 6.2, SH). */
  async accessionNumber(value: string): Promise<string> {
    return `ACC-${lettersOf(await this.digest(`accession\n${value}`), 12)}`;
  }

  /**
   * A name for an object that is served de-identified. The name changes with the object, the options, the key and the
   * rules, and does not reveal the object.
   */
  async tag(object: string): Promise<string> {
    const digest = await this.digest(['tag', RULES, JSON.stringify(this.options), object].join('\n'));
    return Array.from(digest.subarray(0, 16), (byte) => byte.toString(16).padStart(2, '0')).join('');
  }

  /** HMAC-SHA-256 of a text with the key. A UID is digested as it is; every other text has a line break. */
  async digest(text: string): Promise<Uint8Array> {
    const known = this.#kept.get(text);
    if (known !== undefined) return known;
    // The key is kept, not a promise for it: a promise of a request that has ended may never be settled.
    this.#imported ??= await importKey(this.key);
    const made = new Uint8Array(await crypto.subtle.sign('HMAC', this.#imported, new TextEncoder().encode(text)));
    if (this.#kept.size >= MOST_KEPT) this.#kept.clear();
    this.#kept.set(text, made);
    return made;
  }
}

/** Change it when the same data set is de-identified in another way, so that entity tags change too. */
const RULES = '5';

async function importKey(key: Uint8Array): Promise<CryptoKey> {
  return await crypto.subtle.importKey('raw', new Uint8Array(key), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
}

function lettersOf(digest: Uint8Array, count: number): string {
  return Array.from(digest.subarray(0, count), (byte) => ALPHABET[byte % 32]).join('');
}
