import type { Identity } from '../../access/identity';
import type { Share } from '../../archive/access/shares';
import type { Archive } from '../../archive/ports';

/**
 * Milliseconds for which the result of a look-up is used. A revoked key still begins requests in an isolate for this time, and
 * requests that are under way end within the time of CREDENTIAL_CHECKS: 30 s together.
 */
const KNOWN_MS = 20_000;

/** Milliseconds for which a key that can never become valid is refused without a look-up. */
const REFUSED_MS = 10 * 60 * 1000;

/** Keys that an isolate remembers for an archive, and wrong ones. */
const KEYS = 1000;
const WRONG_KEYS = 1000;

/** Characters of a text that is remembered. Keys and tickets of shares are shorter; a sender may try texts as long as a header. */
const LONGEST = 128;

/** Why a credential is not valid. */
export interface Refusal {
  readonly reason: string;
  /** The share that it opened before that ended. */
  readonly share?: Share | undefined;
}

interface Known<Value> {
  readonly value: Value;
  readonly until: number;
}

/**
 * What an isolate knows of the API keys of one archive, by the text of the key, so that a request with a known key costs no
 * look-up and no digest. Wrong keys have a memory of their own: guesses do not push out the keys that are in use.
 */
export class KnownKeys {
  private readonly identities = new Map<string, Known<Identity>>();
  private readonly refusals = new Map<string, Known<Refusal>>();

  identity(key: string, now: number): Identity | undefined {
    return recalled(this.identities, key, now);
  }

  refusal(key: string, now: number): Refusal | undefined {
    return recalled(this.refusals, key, now);
  }

  /** @param expiresAt when the key ends, whatever an isolate remembers */
  remember(key: string, identity: Identity, expiresAt: number, now: number): void {
    keep(this.identities, KEYS, key, { value: identity, until: Math.min(now + KNOWN_MS, expiresAt) });
  }

  /** @param forGood the key can never become valid */
  rememberRefusal(key: string, refusal: Refusal, now: number, forGood = false): void {
    keep(this.refusals, WRONG_KEYS, key, { value: refusal, until: now + (forGood ? REFUSED_MS : KNOWN_MS) });
  }

  /** The next request with any key looks it up: for the isolate that changes a key itself. */
  forget(): void {
    this.identities.clear();
    this.refusals.clear();
  }
}

const ofArchives = new WeakMap<Archive, KnownKeys>();

/** @param archive the whole archive: the object that an isolate keeps for it */
export function knownKeysOf(archive: Archive): KnownKeys {
  let known = ofArchives.get(archive);
  if (known === undefined) {
    known = new KnownKeys();
    ofArchives.set(archive, known);
  }
  return known;
}

function recalled<Value>(known: Map<string, Known<Value>>, key: string, now: number): Value | undefined {
  const found = known.get(key);
  if (found === undefined) return undefined;
  if (now < found.until) return found.value;
  known.delete(key);
  return undefined;
}

/** The entry that was added first is pushed out. */
function keep<Value>(known: Map<string, Known<Value>>, most: number, key: string, entry: Known<Value>): void {
  if (key.length > LONGEST) return;
  known.delete(key);
  known.set(key, entry);
  if (known.size > most) known.delete(known.keys().next().value!);
}
