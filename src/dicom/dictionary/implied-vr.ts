import { vrOf } from './dictionary';

/**
 * The VR of an attribute that is given without one (PS3.6), where it depends on other attributes and PS3.5 annex A.1
 * does not decide.
 *
 * @param tag eight upper-case hexadecimal digits
 * @param binary whether the value is given as bytes, not as numbers or text
 * @param signed whether such a number is signed: Pixel Representation (0028,0103) is 1
 * @returns undefined when the VR cannot be known
 */
export function impliedVrName(tag: string, binary: boolean, signed: boolean): string | undefined {
  const element = tag.slice(4);
  if (Number.parseInt(tag[3]!, 16) % 2 === 1) {
    // PS3.5 7.8.1: a private creator, which reserves a block.
    if (element >= '0010' && element <= '00FF') return 'LO';
    return binary ? 'UN' : undefined;
  }
  const name = vrOf(tag);
  switch (name) {
    case undefined:
      return binary ? 'UN' : undefined;
    case 'OB or OW':
      return 'OW';
    case 'US or SS':
      return signed ? 'SS' : 'US';
    case 'US or OW':
    case 'US or SS or OW':
      if (binary) return 'OW';
      return signed && name === 'US or SS or OW' ? 'SS' : 'US';
    default:
      return name;
  }
}
