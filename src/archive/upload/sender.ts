import type { Viewpoint } from '../visibility';

/**
 * Who sends an upload, and as whom its instances are stored: what a store needs of its sender, kept with the upload, because
 * the instances are stored when no request of the sender may be there.
 */
export interface Sender extends Viewpoint {
  /** Principal.kind. Absent: there is nobody to record. */
  readonly kind?: string | undefined;
  /** Principal.name, the network address and the User-Agent, for the record. */
  readonly name?: string | undefined;
  readonly address?: string | undefined;
  readonly agent?: string | undefined;
}
