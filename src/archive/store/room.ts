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
 * What an archive can still take in, as one request sees it at its beginning, so that little is received for which there is no
 * room. The commit then has the last word: requests that run at the same time do not see each other.
 */
export class Room {
  /** @param limitedBy whose quota leaves no more: the archive's, or that of the principal that stores */
  constructor(
    private bytes: number,
    private instances: number,
    readonly limitedBy: 'archive' | 'sender' = 'archive',
    /** What the commit keeps to. */
    readonly quotas: Quotas = {},
  ) {}

  /** Bytes that still fit in one instance at least; less than 0: no instance fits, however small. */
  get bytesLeft(): number {
    return this.none ? -1 : this.bytes;
  }

  /** Nothing more fits, however small. */
  get none(): boolean {
    return this.bytes <= 0 || this.instances <= 0;
  }

  /** Whether so many bytes fit, in one instance at least. */
  fits(bytes: number): boolean {
    return !this.none && bytes <= this.bytes;
  }

  /** Takes room for an instance. @returns false when it does not fit; a smaller one may */
  take(bytes: number): boolean {
    if (!this.fits(bytes)) return false;
    this.bytes -= bytes;
    this.instances -= 1;
    return true;
  }

  /** The smaller of two rooms. */
  within(other: Room): Room {
    const limitedBy = this.none || (this.bytes <= other.bytes && !other.none) ? this.limitedBy : other.limitedBy;
    const quotas = { ...this.quotas, ...other.quotas };
    return new Room(Math.min(this.bytes, other.bytes), Math.min(this.instances, other.instances), limitedBy, quotas);
  }
}

/**
 * Asks the index how much room there is, unless there is no limit.
 * @param allowance of the principal that stores
 */
export async function roomIn(
  status: Pick<ArchiveStatus, 'size'>,
  { archiveBytes, archiveInstances }: Quota,
  allowance?: Allowance,
): Promise<Room> {
  const isUnlimited = archiveBytes === Number.POSITIVE_INFINITY && archiveInstances === Number.POSITIVE_INFINITY;
  const [held, sent] = await Promise.all([isUnlimited ? undefined : status.size(), allowance?.used()]);
  const archive: StoreQuota = { bytes: archiveBytes, instances: archiveInstances };
  const room = held
    ? new Room(archiveBytes - held.bytes, archiveInstances - held.instances, 'archive', { archive })
    : UNLIMITED;
  if (allowance === undefined || sent === undefined) return room;
  const { bytes = Number.POSITIVE_INFINITY, instances = Number.POSITIVE_INFINITY } = allowance.quota;
  const sender = { sender: allowance.quota };
  return room.within(new Room(bytes - sent.bytes, instances - sent.instances, 'sender', sender));
}

/** It is shared by requests: nothing changes in it. */
export const UNLIMITED = new Room(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
