import { ROLES } from '../access/key-deployment';
import { type ArchiveClient, archiveClient } from '../clients/archive-client';
import { plainBindings } from '../platform/bindings';
import { northDatabase } from '../platform/two-archives';
import { LaggingReplica, type RoundTrips } from './lagging-replica';

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
