let given = 0;

/**
 * @returns an address for documentation (RFC 5737 3) that no other test has: wrong credentials are counted by address in the
 *   memory of an isolate, which test files share
 */
export function newAddress(): string {
  given += 1;
  if (given > 254) throw new Error('More tests need an address than the network has.');
  return `198.51.100.${given}`;
}

/** @returns the first four groups of IPv6 addresses that no other test has (RFC 3849) */
export function newNetwork(): string {
  given += 1;
  return `2001:db8:${given.toString(16)}:7`;
}
