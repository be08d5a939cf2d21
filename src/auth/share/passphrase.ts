import { hexadecimal } from '../../archive/bytes';
import { equalTexts } from '../equal-texts';

/** Rounds of PBKDF2: as many as the platform allows. */
const ITERATIONS = 100_000;
const SALT_BYTES = 16;

/** The form in which a pass phrase is stored: the rounds, a salt and PBKDF2-HMAC-SHA-256 (RFC 8018 5.2), in hexadecimal. */
export async function passphraseRecord(passphrase: string): Promise<string> {
  const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES));
  return `${ITERATIONS}:${hexadecimal(salt)}:${hexadecimal(await derived(passphrase, salt, ITERATIONS))}`;
}

/** Whether a pass phrase is the one of a record. The time of the comparison does not tell where they differ. */
export async function isPassphrase(passphrase: string, record: string): Promise<boolean> {
  const [iterations, salt, expected] = record.split(':');
  const bytes = Uint8Array.from(salt?.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16));
  const found = hexadecimal(await derived(passphrase, bytes, Number(iterations)));
  return equalTexts(found, expected ?? '');
}

async function derived(passphrase: string, salt: Uint8Array, iterations: number): Promise<Uint8Array> {
  const text = new TextEncoder().encode(passphrase.normalize('NFC'));
  const key = await crypto.subtle.importKey('raw', text, 'PBKDF2', false, ['deriveBits']);
  const algorithm = { name: 'PBKDF2', hash: 'SHA-256', salt, iterations };
  return new Uint8Array(await crypto.subtle.deriveBits(algorithm, key, 256));
}
