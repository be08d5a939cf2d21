import type { ArchiveStatus } from '../archive-status';

/** How much an archive may hold: Infinity where there is no limit. */
export interface Quota {
  /** Bytes of Part 10 files, with those that were removed and can be restored. */
  readonly archiveBytes: number;
  /** Instances, with those that were removed and can be restored. */
  readonly archiveInstances: number;
}

/**
 * What an archive can still take in, as one request sees it. Requests that run at the same time do not see each other, so
 * that together they may exceed the quota by what they store.
 */
export class Room {
  constructor(
    private bytes: number,
    private instances: number,
  ) {}

  /** Nothing more fits, however small. */
  get none(): boolean {
    return this.bytes <= 0 || this.instances <= 0;
  }

  /** Takes room for an instance. @returns false when it does not fit; a smaller one may */
  take(bytes: number): boolean {
    if (this.none || bytes > this.bytes) return false;
    this.bytes -= bytes;
    this.instances -= 1;
    return true;
  }
}

/** Asks the index how much room there is, unless there is no limit. */
export async function roomIn(status: ArchiveStatus, { archiveBytes, archiveInstances }: Quota): Promise<Room> {
  if (archiveBytes === Number.POSITIVE_INFINITY && archiveInstances === Number.POSITIVE_INFINITY) return UNLIMITED;
  const { instances, bytes } = await status.size();
  return new Room(archiveBytes - bytes, archiveInstances - instances);
}

/** It is shared by requests: nothing changes in it. */
export const UNLIMITED = new Room(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
