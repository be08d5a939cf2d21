import type { AppContext } from '../dicomweb/context';
import { HttpProblem } from '../http/problem';

/** The number of different invalid credentials that an address may send within WINDOW_MS. */
const FAILURES = 20;
const WINDOW_MS = 60_000;

/**
 * The number of invalid credentials after FAILURES, within WINDOW_MS, that an address may have looked up. After these,
 * only a credential that may be valid is looked up: a valid credential has access, whatever else its address has sent.
 */
const FURTHER = 100;

/** Addresses that are remembered. An address that is pushed out by others starts again. */
const ADDRESSES = 1000;

/**
 * Slows down guesses of credentials: by client address, in the memory of one isolate. Each credential counts once. So a
 * device with an old key, or a viewer with an expired token, does not block other clients behind the same address.
 */
class FailedAttempts {
  /** The failed attempts of each address, in the order in which their windows end. */
  private readonly byAddress = new Map<string, { endsAt: number; credentials: Set<number>; further: number }>();

  /** Remembers that a credential was not valid. @returns milliseconds to wait when there were too many */
  fail(address: string, credential: string, now: number): number | undefined {
    const wait = this.wait(address, credential, now);
    if (wait !== undefined) {
      this.byAddress.get(address)!.further += 1;
      return wait;
    }
    let window = this.byAddress.get(address);
    if (window === undefined) {
      window = { endsAt: now + WINDOW_MS, credentials: new Set(), further: 0 };
      this.byAddress.set(address, window);
      if (this.byAddress.size > ADDRESSES) this.byAddress.delete(this.byAddress.keys().next().value!);
    }
    window.credentials.add(fingerprint(credential));
    return undefined;
  }

  /** @returns milliseconds until any credential of the address is looked up again; undefined: now */
  rest(address: string, now: number): number | undefined {
    const window = this.byAddress.get(address);
    return window !== undefined && window.further >= FURTHER && window.endsAt > now ? window.endsAt - now : undefined;
  }

  /** @returns milliseconds until the count begins again; undefined: the address may send another invalid credential */
  private wait(address: string, credential: string, now: number): number | undefined {
    const window = this.byAddress.get(address);
    if (window === undefined) return undefined;
    if (window.endsAt <= now) {
      this.byAddress.delete(address);
      return undefined;
    }
    const isFurther = window.credentials.size >= FAILURES && !window.credentials.has(fingerprint(credential));
    return isFurther ? window.endsAt - now : undefined;
  }
}

const attempts = new FailedAttempts();

/**
 * Remembers that the credential of a request was not valid. A valid credential has access, whatever else its address
 * has sent: a hospital has one address for all its devices.
 * @param credential where it is not in a header
 * @returns the error to answer: the given one, or 429 when there were too many
 */
export function failedAttempt(c: AppContext, refusal: HttpProblem, credential = credentialsOf(c)): HttpProblem {
  const address = addressOf(c);
  const wait = address === undefined ? undefined : attempts.fail(address, credential, Date.now());
  return wait === undefined ? refusal : tooManyAttempts(wait);
}

/**
 * Refuses a credential that has to be looked up, after very many invalid ones of its address, when it cannot be valid:
 * guesses must not cost the database a look-up each. Credentials that the isolate knows are not looked up.
 * @param mayBeValid is called only after very many invalid credentials
 * @throws HttpProblem 429
 */
export async function refuseGuesses(c: AppContext, mayBeValid: () => Promise<boolean>): Promise<void> {
  const address = addressOf(c);
  const wait = address === undefined ? undefined : attempts.rest(address, Date.now());
  if (wait !== undefined && !(await mayBeValid())) throw tooManyAttempts(wait);
}

/** RFC 6585 4. */
function tooManyAttempts(waitMs: number): HttpProblem {
  return new HttpProblem('too-many-requests', 'Too many credentials from this address were not valid.', {
    'Retry-After': String(Math.ceil(waitMs / 1000)),
  });
}

/** The client's address, from the header that Cloudflare adds. */
function addressOf(c: AppContext): string | undefined {
  const address = c.req.header('CF-Connecting-IP');
  return address?.includes(':') ? networkOf(address) : address;
}

/** The /64 of an IPv6 address (RFC 4291 2.2): one client has all its addresses. */
export function networkOf(address: string): string {
  const [before = '', after] = address.split('::');
  const start = before === '' ? [] : before.split(':');
  const end = after === undefined || after === '' ? [] : after.split(':');
  const zeros = after === undefined ? 0 : Math.max(0, 8 - start.length - end.length);
  const groups = [...start, ...Array<string>(zeros).fill('0'), ...end];
  return groups.slice(0, 4).join(':');
}

/** The headers that carry credentials: the same for each request of a client that repeats itself. */
function credentialsOf(c: AppContext): string {
  return CREDENTIAL_HEADERS.map((name) => c.req.header(name) ?? '').join('\n');
}

const CREDENTIAL_HEADERS = ['Authorization', 'Cf-Access-Jwt-Assertion'];

let seed: number | undefined;

/**
 * FNV-1a, 32 bits, from a start that only this isolate knows, so that nobody can make credentials that count as one. It tells
 * apart the few credentials of one address.
 */
function fingerprint(text: string): number {
  seed ??= crypto.getRandomValues(new Uint32Array(1))[0]!;
  let hash = seed;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash;
}
