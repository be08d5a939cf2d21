import type { Identity } from '../../access/identity';
import type { Share } from '../../archive/access/shares';
import type { AppContext } from '../../dicomweb/context';
import { identitiesOfKeys, identityOfKey, keyIDOf } from '../key/identify-by-key';

/*
 * A share that an API key has made ends with the key, and with the key's permission to share: somebody who has stolen a key
 * must not keep what the key has given away. A key that is renewed stays the same key. Whether a person may still share is
 * known only while the person is signed in, so shares of persons go on until they expire or are revoked.
 */

const ENDED = 'The share has ended with the access of the key that made it.';

/** Why a share has ended with its maker; undefined when it has not, or when a person made it. One look-up of a key. */
export async function endOfSharer(c: AppContext, { createdBy }: Share, now: number): Promise<string | undefined> {
  const key = keyIDOf(createdBy);
  return key === undefined || mayShare(c, await identityOfKey(c, key, now), now) ? undefined : ENDED;
}

/** The same for a list of shares. Of keys that are older than the list of keys goes nothing is said. */
export async function endsOfSharers(
  c: AppContext,
  shares: readonly Share[],
  now: number,
): Promise<(share: Share) => string | undefined> {
  if (shares.every(({ createdBy }) => keyIDOf(createdBy) === undefined)) return () => undefined;
  const identities = await identitiesOfKeys(c, now);
  return ({ createdBy }) => {
    const key = keyIDOf(createdBy) ?? '';
    return identities.has(key) && !mayShare(c, identities.get(key), now) ? ENDED : undefined;
  };
}

function mayShare(c: AppContext, identity: Identity | undefined, now: number): boolean {
  return identity?.grantIn(c.get('archiveName') ?? '', now).viewpoint('share') !== undefined;
}
