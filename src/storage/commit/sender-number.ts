import { digestOf } from '../../archive/bytes';

/**
 * The number by which rows name the principal that takes up room with them: 48 bits of the digest of its id, so that it is the
 * same in every database of an archive, and after a rebuild.
 */
export async function senderNumber(principal: string): Promise<number> {
  return Number.parseInt((await digestOf(principal)).slice(0, 12), 16);
}
