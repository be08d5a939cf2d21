import type { Viewpoint } from '../visibility';

/**
 * Who sends an upload, and as whom its instances are stored: what a store needs of its sender, kept with the upload, because
 * the instances are stored when no request of the sender may be there.
 */
export interface Sender extends Viewpoint {
  /** Absent: nobody was identified, or the upload was made before credentials were noted. */
  readonly credential?: Credential | undefined;
  /** Principal.kind. Absent: there is nobody to record. */
  readonly kind?: string | undefined;
  /** Principal.name, the network address and the User-Agent, for the record. */
  readonly name?: string | undefined;
  readonly address?: string | undefined;
  readonly agent?: string | undefined;
}

/**
 * What has identified a sender, so that it can be looked up again when there is no request. Nothing here is a secret.
 *
 * - `key`: an API key, and the archive that keeps it.
 * - `session`: the digest that finds the session in the deployment's own archive, when it ends by itself, and its roles.
 * - `roles`: a token that names roles. No issuer is asked about a token again.
 */
export type Credential =
  | { readonly kind: 'key'; readonly id: string; readonly archive: string }
  | { readonly kind: 'session'; readonly id: string; readonly endsAt: number; readonly roles: readonly string[] }
  | { readonly kind: 'roles'; readonly roles: readonly string[] };
