import type { Lease, Ledger } from './ledger';
import { EXTRA } from './upload-memory';

const MIB = 1024 * 1024;

/**
 * The least that a metadata response holds while it streams, bytes: a member of a segment, its text, and the text with
 * its base URIs.
 */
const BASE = MIB;

/** A member's text is held three times: as it is inflated, put together, and with its base URIs. */
const COPIES = 3;

/** Memory for a response that is made of the members of metadata segments, one after the other. */
export class AnswerMemory {
  private lease: Lease | undefined;

  /** @param gone is aborted when the client has disconnected */
  constructor(
    private readonly ledger: Ledger,
    private readonly gone: AbortSignal,
  ) {}

  /**
   * Takes the memory for a member and releases the memory of the member before. A response that waits for more memory
   * holds none.
   * @throws UnavailableError
   */
  async hold(member: Uint8Array): Promise<void> {
    const bytes = Math.max(BASE, Math.min(EXTRA, COPIES * textLength(member)));
    if (this.lease !== undefined && this.lease.bytes >= bytes) return this.lease.shrink(bytes);
    this.release();
    this.lease = await this.ledger.take(bytes, { purpose: 'answer', gone: this.gone });
  }

  /** Takes more memory beside that of the members, if it is free. The caller releases it. */
  more(bytes: number): Lease | undefined {
    return this.ledger.takeNow(bytes, { purpose: 'answer', gone: this.gone });
  }

  /** Releases the memory: the response has been sent, or will not be sent. */
  release(): void {
    this.lease?.release();
    this.lease = undefined;
  }
}

/** ISIZE of a gzip member: the length of its inflated text, bytes (RFC 1952 2.3.1). */
function textLength({ buffer, byteOffset, length }: Uint8Array): number {
  return new DataView(buffer, byteOffset).getUint32(length - 4, true);
}
