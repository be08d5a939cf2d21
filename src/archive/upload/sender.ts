import type { Viewpoint } from '../visibility';

/**
 * The sender of an upload, with everything that a store needs to know of a sender. It is kept with the upload, because
 * the instances may be stored when there is no request of the sender.
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
 * - `session`: the digest that finds the session in the deployment's own archive, when it expires, and its roles.
 * - `roles`: a token that names roles. No issuer is asked about a token again.
 */
export type Credential =
  | { readonly kind: 'key'; readonly id: string; readonly archive: string }
  | { readonly kind: 'session'; readonly id: string; readonly endsAt: number; readonly roles: readonly string[] }
  | { readonly kind: 'roles'; readonly roles: readonly string[] };
