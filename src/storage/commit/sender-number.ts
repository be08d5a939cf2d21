import { digestOf } from '../../archive/bytes';

/**
 * The number by which rows name a principal that stores: 47 bits of the digest of its id, so that it is the same in every
 * database of an archive and after a rebuild, and takes six bytes. Above 0; rows have it below 0 where no quota counts them.
 */
export async function senderNumber(principal: string): Promise<number> {
  return 1 + (Number.parseInt((await digestOf(principal)).slice(0, 12), 16) % (2 ** 47 - 1));
}
