import type { CommitGroup } from '../../archive/commit-group';
import { UnavailableError } from '../../archive/unavailable';
import { senderNumber } from '../commit/sender-number';
import type { StatementsOf } from '../statements/d1-client';
import { retrying } from '../statements/retries';
import { type NotCounted, notCountedIn } from './directory';
import { MOVES } from './directory-sql';

/*
 * A quota covers all databases of an archive, but a transaction covers only one. So each request first notes in the first
 * database how much it is about to store, and then counts what the databases hold. It adds the open notes from before its
 * own; later requests add its note. So requests at the same time cannot exceed a quota together, and no request waits for
 * a later one.
 */

/**
 * Seconds for which a reservation counts that is not settled. A commit fails when it takes place later than COMMIT_S: the
 * difference is more than the clocks of two databases differ. COMMIT_S is less than KEPT_MS of archive/moves/move-studies.ts, so
 * that a study which the commit takes for uncounted in one database has its rows in the other one.
 */
const RESERVED_S = 600;
const COMMIT_S = 300;

/** What a request has to leave room for. */
export interface Reserved {
  /** The time by which the commit has to take place, seconds since 1970. */
  readonly until: number;
  /** What requests before this one may still store, under the quota of the archive. */
  readonly instances: number;
  readonly bytes: number;
  /** What requests of the same sender before this one may still store, under the quota of the sender. */
  readonly instancesOfSender: number;
  readonly bytesOfSender: number;
  /** The studies that move, as of the same moment. */
  readonly notCounted: NotCounted;
}

/** One request's reservation. */
export interface Reservation {
  /** What the request has to leave room for now. */
  look(): Promise<Reserved>;
  /** The request stores nothing more. */
  settle(): Promise<void>;
}

/**
 * Notes what a group may add to what is held: its instances, and their bytes.
 * @param database the first one of the archive
 * @param principal whose quota applies; undefined: that of no sender
 */
export function reservationFor(
  database: StatementsOf,
  { instances }: CommitGroup,
  principal: string | undefined,
): Reservation {
  const token = crypto.randomUUID();
  const bytes = instances.reduce((sum, { byteLength }) => sum + byteLength, 0);
  let isMade = false;
  return {
    async look() {
      const session = database.withSession('first-primary');
      const number = principal === undefined ? 0 : await senderNumber(principal);
      const make = [
        session.prepare(FORGET_EXPIRED).bind(),
        session.prepare(RESERVE).bind(token, number, instances.length, bytes),
      ];
      const ask = [session.prepare(BEFORE).bind(token), session.prepare(MOVES).bind()];
      const results = await retrying(() =>
        session.batch<Omit<Reserved, 'notCounted'> & MoveColumns>([...(isMade ? [] : make), ...ask]),
      );
      isMade = true;
      const [before, moves] = results.slice(-ask.length);
      const [reserved] = before?.results ?? [];
      if (reserved === undefined) throw new UnavailableError('a reservation has expired');
      return { ...reserved, notCounted: notCountedIn(moves?.results ?? []) };
    },
    async settle() {
      const session = database.withSession('first-primary');
      await retrying(() => session.prepare(SETTLE).bind(token).all());
    },
  };
}

interface MoveColumns {
  readonly uid: string;
  readonly number: number;
}

const FORGET_EXPIRED = 'DELETE FROM quota_reservation WHERE expires_at <= unixepoch()';

/** ?1: token. ?2: the number of the sender. ?3: instances. ?4: bytes. */
const RESERVE = `
INSERT INTO quota_reservation (token, sender, instances, byte_length, expires_at)
VALUES (?1, ?2, ?3, ?4, unixepoch() + ${RESERVED_S}) ON CONFLICT (token) DO NOTHING`;

/** ?1: token. What was reserved before it. */
const BEFORE = `
SELECT mine.expires_at - ${RESERVED_S - COMMIT_S} AS until,
  coalesce(sum(other.instances), 0) AS instances, coalesce(sum(other.byte_length), 0) AS bytes,
  coalesce(sum(other.instances) FILTER (WHERE other.sender = mine.sender), 0) AS instancesOfSender,
  coalesce(sum(other.byte_length) FILTER (WHERE other.sender = mine.sender), 0) AS bytesOfSender
FROM quota_reservation AS mine
LEFT JOIN quota_reservation AS other ON other.id < mine.id AND other.expires_at > unixepoch()
WHERE mine.token = ?1 AND mine.expires_at > unixepoch() GROUP BY mine.id`;

/** ?1: token. */
const SETTLE = 'DELETE FROM quota_reservation WHERE token = ?1';
