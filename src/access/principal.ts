/** The identity of who sends a request, as the gate has verified it. It says nothing about what it may do. */
export interface Principal {
  /** `anonymous` exists only where ALLOW_ANONYMOUS is set. */
  readonly kind: 'anonymous' | 'person' | 'key' | 'share';
  /**
   * Identifies the principal for ever and among all principals of the deployment, for records and for "stored by": the
   * issuer and the subject of a token, or the id of a key or of a share.
   */
  readonly id: string;
  /** What people call it, for the record: a name or an e-mail address of a token, the name of a key. */
  readonly name?: string | undefined;
}

/** The principal of every request where ALLOW_ANONYMOUS is set. */
export const ANONYMOUS: Principal = { kind: 'anonymous', id: 'anonymous' };
