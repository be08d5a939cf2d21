import type { Allowance, ArchiveStatus } from '../archive-status';
import type { Quotas } from '../commit-group';
import type { StoreQuota } from '../visibility';

/** How much an archive may hold: Infinity where there is no limit. */
export interface Quota {
  /** Bytes of Part 10 files, with those that were removed and can be restored. */
  readonly archiveBytes: number;
  /** Instances, with those that were removed and can be restored. */
  readonly archiveInstances: number;
}

/**
 * The quotas that a commit enforces. Only the commit can decide: it knows which instances are stored already and need
 * no room, and requests that run at the same time do not see each other.
 * @param allowance of the principal that stores
 */
export function quotasOf({ archiveBytes, archiveInstances }: Quota, allowance?: Allowance): Quotas {
  const archive: StoreQuota = { bytes: archiveBytes, instances: archiveInstances };
  return {
    ...(isUnlimited({ archiveBytes, archiveInstances }) ? {} : { archive }),
    ...(allowance && { sender: allowance.quota }),
  };
}

/** The room that an archive has left, as one request sees it. */
export class Room {
  /** @param limitedBy whose quota is the limit: the archive's, or that of the principal that stores */
  constructor(
    private readonly bytes: number,
    private readonly instances: number,
    readonly limitedBy: 'archive' | 'sender' = 'archive',
  ) {}

  /** Bytes that still fit in one instance at least; less than 0: no instance fits, however small. */
  get bytesLeft(): number {
    return this.none ? -1 : this.bytes;
  }

  /** Whether not even the smallest instance fits. */
  get none(): boolean {
    return this.bytes <= 0 || this.instances <= 0;
  }

  /** The smaller of two rooms. */
  within(other: Room): Room {
    const limitedBy = this.none || (this.bytes <= other.bytes && !other.none) ? this.limitedBy : other.limitedBy;
    return new Room(Math.min(this.bytes, other.bytes), Math.min(this.instances, other.instances), limitedBy);
  }
}

/**
 * Asks the index how much room there is, unless there is no limit.
 * @param allowance of the principal that stores
 */
export async function roomIn(status: Pick<ArchiveStatus, 'size'>, quota: Quota, allowance?: Allowance): Promise<Room> {
  const { archiveBytes, archiveInstances } = quota;
  const [held, sent] = await Promise.all([isUnlimited(quota) ? undefined : status.size(), allowance?.used()]);
  const room = held ? new Room(archiveBytes - held.bytes, archiveInstances - held.instances) : UNLIMITED;
  if (allowance === undefined || sent === undefined) return room;
  const { bytes = Number.POSITIVE_INFINITY, instances = Number.POSITIVE_INFINITY } = allowance.quota;
  return room.within(new Room(bytes - sent.bytes, instances - sent.instances, 'sender'));
}

function isUnlimited({ archiveBytes, archiveInstances }: Quota): boolean {
  return archiveBytes === Number.POSITIVE_INFINITY && archiveInstances === Number.POSITIVE_INFINITY;
}

/** No limit. */
export const UNLIMITED = new Room(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
