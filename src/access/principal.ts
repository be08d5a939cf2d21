/** The sender of a request, as the gate has verified it. Permissions are in the Grant. */
export interface Principal {
  /** `anonymous` exists only where ALLOW_ANONYMOUS is set. */
  readonly kind: 'anonymous' | 'person' | 'key' | 'share';
  /**
   * Identifies the principal for ever and among all principals of the deployment, for records and for "stored by": the
   * issuer and the subject of a token, or the id of a key or of a share.
   */
  readonly id: string;
  /** A name for people, in the record: a name or an e-mail address of a token, the name of a key. */
  readonly name?: string | undefined;
}

/** The principal of every request where ALLOW_ANONYMOUS is set. */
export const ANONYMOUS: Principal = { kind: 'anonymous', id: 'anonymous' };
