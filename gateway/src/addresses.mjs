import { BlockList, isIP } from 'node:net';

/**
 * Whether an address is among those of a list.
 * @param {readonly string[]} list addresses and networks, such as 10.1.2.0/24
 * @returns {(address: string) => boolean}
 * @throws {Error} for an entry that is no address
 */
export function addressList(list) {
  const block = new BlockList();
  for (const entry of list) {
    const [address = '', prefix] = entry.split('/');
    const version = isIP(address);
    if (version === 0 || (prefix !== undefined && !/^\d+$/.test(prefix))) throw new Error(`"${entry}" is no address`);
    const family = version === 4 ? 'ipv4' : 'ipv6';
    if (prefix === undefined) block.addAddress(address, family);
    else block.addSubnet(address, Number(prefix), family);
  }
  return (remote) => {
    const address = remote.replace(/^::ffff:(?=\d+\.)/, '').replace(/%.*$/, '');
    const version = isIP(address);
    return version !== 0 && block.check(address, version === 4 ? 'ipv4' : 'ipv6');
  };
}
