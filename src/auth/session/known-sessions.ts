import { type Identity, identityWithRoles } from '../../access/identity';
import type { SignIn } from '../../access/sign-in';
import type { Session } from '../../archive/access/sessions';
import type { Archive } from '../../archive/ports';
import { SharedLookUps } from '../../archive/retrieve/shared-look-ups';
import type { Config } from '../../config';
import { digestOfText } from './sealed';

/** Milliseconds for which an isolate keeps a session. A session that ends in another isolate still works here for this time. */
const KEPT_MS = 15_000;
const MOST_SESSIONS = 2000;

/**
 * Milliseconds for which a secret is refused without a look-up after no session was found: secrets are made by the archive, so
 * that an unknown one never becomes a session. Browsers keep the cookies of sessions that have ended.
 */
const UNKNOWN_MS = 10 * 60 * 1000;
const MOST_UNKNOWN = 2000;

/** The form of a secret: 256 random bits. Other texts are not looked up. */
const SECRET = /^[\w-]{43}$/;

/** Milliseconds between two notes of a session's use. */
const NOTE_MS = 60_000;

/** A session as an isolate knows it. */
export interface KnownSession {
  readonly session: Session;
  readonly identity: Identity;
  /** The isolate keeps it until then. */
  readonly until: number;
}

/** The sessions that an isolate has recently looked up, by the secret that the browser has. */
export class KnownSessions {
  private readonly known = new Map<string, KnownSession>();
  /** When secrets without a session are looked up again. */
  private readonly unknown = new Map<string, number>();
  private readonly lookUps = new SharedLookUps<KnownSession | undefined>();

  constructor(
    private readonly archive: Archive,
    private readonly config: Config,
    private readonly signIn: SignIn,
  ) {}

  /** The session, without a query. */
  current(secret: string, now: number): KnownSession | undefined {
    const found = this.known.get(secret);
    return found !== undefined && now < found.until && this.counts(found.session, now) ? found : undefined;
  }

  /**
   * Looks the session up, and does not keep it. Requests that need it at the same time share one query.
   * @param later runs a promise after the answer
   * @returns undefined when there is no such session, or when it has ended
   */
  async find(secret: string, later: (work: Promise<unknown>) => void): Promise<KnownSession | undefined> {
    if (!SECRET.test(secret) || Date.now() < (this.unknown.get(secret) ?? 0)) return undefined;
    return await this.lookUps.share(secret, async () => {
      const { sessions } = this.archive;
      const session = await sessions.find(await digestOfText(secret));
      const now = Date.now();
      if (session === undefined) this.rememberUnknown(secret, now + UNKNOWN_MS);
      if (session === undefined || !this.counts(session, now)) return undefined;
      if (session.seenAt + NOTE_MS <= now) later(sessions.noteUse(session.id, now).catch(() => undefined));
      const { principal, name, roles, endsAt } = session;
      const credential = { kind: 'session', id: session.id, endsAt, roles } as const;
      const person = { kind: 'person', id: principal, name } as const;
      const identity = identityWithRoles(person, roles, this.config.roles, credential);
      return { session, identity, until: now + KEPT_MS };
    });
  }

  private rememberUnknown(secret: string, until: number): void {
    this.unknown.delete(secret);
    this.unknown.set(secret, until);
    const [oldest] = this.unknown.keys();
    if (this.unknown.size > MOST_UNKNOWN && oldest !== undefined) this.unknown.delete(oldest);
  }

  /** The next request with this secret looks the session up. */
  forget(secret: string): void {
    this.known.delete(secret);
    this.lookUps.disown((key) => key === secret);
  }

  private counts({ seenAt, endsAt }: Session, now: number): boolean {
    // The use within the last minute may not have been noted.
    return now < endsAt && now < seenAt + this.signIn.idleMs + NOTE_MS;
  }

  /** Answers the next requests with this session. */
  keep(secret: string, found: KnownSession): void {
    this.known.delete(secret);
    this.known.set(secret, found);
    for (const oldest of this.known.keys()) {
      if (this.known.size <= MOST_SESSIONS) break;
      this.known.delete(oldest);
    }
  }
}
