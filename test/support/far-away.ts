import { type ArchiveClient, archiveClient } from './archive-client';
import { plainBindings } from './bindings';
import { ROLES } from './key-deployment';
import { LaggingReplica, type RoundTrips } from './lagging-replica';
import { northDatabase } from './two-archives';

/** An isolate far from the primary, whose round trips are counted. */
export interface FarIsolate extends ArchiveClient {
  readonly trips: RoundTrips;
}

/** A deployment whose index has a replica. */
export interface FarAway {
  readonly replica: LaggingReplica;
  /** Another isolate. All of them reach the same replica. */
  isolate(variables?: Record<string, string>): FarIsolate;
  /** Another isolate, which lets in only keys. */
  locked(): FarIsolate;
}

/** @param name of the archive */
export async function farAway(name: string): Promise<FarAway> {
  const replica = new LaggingReplica(plainBindings().database, northDatabase());
  await replica.begin();
  const isolate = (variables: Record<string, string> = {}): FarIsolate => {
    const trips = { primary: 0, replica: 0, record: 0 };
    return { ...archiveClient({ ROLES, FRAME_COPIES: 'none', ...variables }, replica.seenBy(trips), name), trips };
  };
  return { replica, isolate, locked: () => isolate({ ALLOW_ANONYMOUS: '' }) };
}
