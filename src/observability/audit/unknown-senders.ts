import { EVENT_PERIOD_MS } from '../../archive/audit/audit-event';
import { networkOf } from '../../auth/failed-attempts';

/** Addresses without an identity that an isolate names in one period. */
export const MOST_UNKNOWN = 200;

/**
 * The addresses from which requests without a valid credential come. Each is an event of its own, so an attacker with many
 * addresses would fill the record: the networks of IPv6 count as one address, and all further ones are one event without an
 * address.
 */
export class UnknownSenders {
  private period = 0;
  private readonly seen = new Set<string>();

  /** @returns the address that the record names */
  nameOf(address: string | undefined, now: number): string | undefined {
    const period = Math.floor(now / EVENT_PERIOD_MS);
    if (period !== this.period) this.seen.clear();
    this.period = period;
    if (address === undefined) return undefined;
    const network = address.includes(':') ? `${networkOf(address)}::` : address;
    if (this.seen.size >= MOST_UNKNOWN && !this.seen.has(network)) return undefined;
    this.seen.add(network);
    return network;
  }
}
