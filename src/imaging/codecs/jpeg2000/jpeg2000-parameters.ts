import { uint16At } from '../../../dicom/pixels/big-endian';
import { CodecError } from '../../codec';

/** ITU-T T.800 table A.2: the markers that change how a code stream is decoded. */
const MARKER = {
  COD: 0xff52,
  COC: 0xff53,
  QCD: 0xff5c,
  QCC: 0xff5d,
  RGN: 0xff5e,
  POC: 0xff5f,
  PPM: 0xff60,
  PPT: 0xff61,
} as const;

/** Coding style of a component (T.800 A.6.1, A.6.2). */
export interface CodingStyle {
  readonly levels: number;
  /** The size of code-blocks, as exponents of 2. */
  readonly blockWidth: number;
  readonly blockHeight: number;
  readonly style: number;
  readonly reversible: boolean;
  /** For each resolution, lowest first: the size of precincts, as exponents of 2. */
  readonly precincts: readonly { readonly width: number; readonly height: number }[];
}

/** Quantisation of a component (T.800 A.6.4), for each subband: LL first, then HL, LH and HH of each level. */
export interface Quantisation {
  readonly guardBits: number;
  steps(subband: number): { readonly exponent: number; readonly mantissa: number };
}

/** The parameters that apply to a tile. */
export interface Parameters {
  readonly progression: number;
  readonly layers: number;
  readonly colourTransform: boolean;
  coding(component: number): CodingStyle;
  quantisation(component: number): Quantisation;
}

interface Given {
  cod?: { progression: number; layers: number; colourTransform: boolean; style: CodingStyle };
  readonly coc: Map<number, CodingStyle>;
  qcd?: Quantisation;
  readonly qcc: Map<number, Quantisation>;
}

/** The parameters of a main header or of a tile's header, as far as its markers have been read. */
export class ParameterMarkers {
  readonly #given: Given = { coc: new Map(), qcc: new Map() };

  /** @param components of the image: with more than 256, component numbers have two bytes */
  constructor(private readonly components: number) {}

  /**
   * Reads one marker segment. @param at offset of the marker
   * @throws CodecError unsupported for markers that this decoder does not implement
   */
  read(bytes: Uint8Array, at: number): void {
    const given = this.#given;
    switch (uint16At(bytes, at)) {
      case MARKER.COD:
        given.cod = {
          progression: bytes[at + 5]!,
          layers: uint16At(bytes, at + 6),
          colourTransform: bytes[at + 8] === 1,
          style: codingStyle(bytes, at + 9, (bytes[at + 4]! & 1) !== 0),
        };
        break;
      case MARKER.COC: {
        const wide = this.components < 257 ? 1 : 2;
        const from = at + 4 + wide;
        given.coc.set(numberAt(bytes, at + 4, wide), codingStyle(bytes, from + 1, (bytes[from]! & 1) !== 0));
        break;
      }
      case MARKER.QCD:
        given.qcd = quantisation(bytes, at + 4, at + 2 + uint16At(bytes, at + 2));
        break;
      case MARKER.QCC: {
        const wide = this.components < 257 ? 1 : 2;
        const end = at + 2 + uint16At(bytes, at + 2);
        given.qcc.set(numberAt(bytes, at + 4, wide), quantisation(bytes, at + 4 + wide, end));
        break;
      }
      case MARKER.RGN:
      case MARKER.POC:
      case MARKER.PPM:
      case MARKER.PPT:
        throw new CodecError('unsupported', 'the markers RGN, POC, PPM and PPT are not supported');
    }
  }

  /**
   * The parameters in force: these, of a tile, take precedence over those of the main header (T.800 A.6.1 to A.6.5).
   */
  parameters(main?: ParameterMarkers): Parameters {
    const own = this.#given;
    const other = main === undefined ? undefined : main.#given;
    const cod = own.cod ?? other?.cod;
    if (cod === undefined) throw new CodecError('malformed', 'the code stream has no coding style');
    return {
      ...cod,
      coding: (component) =>
        own.coc.get(component) ?? own.cod?.style ?? other?.coc.get(component) ?? other?.cod?.style ?? cod.style,
      quantisation(component) {
        const found = own.qcc.get(component) ?? own.qcd ?? other?.qcc.get(component) ?? other?.qcd;
        if (found === undefined) throw new CodecError('malformed', 'the code stream has no quantisation');
        return found;
      },
    };
  }
}

function numberAt(bytes: Uint8Array, at: number, wide: number): number {
  return wide === 1 ? bytes[at]! : uint16At(bytes, at);
}

/** T.800 table A.15. @param own the component has precinct sizes of its own */
function codingStyle(bytes: Uint8Array, at: number, own: boolean): CodingStyle {
  const levels = bytes[at]!;
  const [blockWidth, blockHeight] = [(bytes[at + 1]! & 15) + 2, (bytes[at + 2]! & 15) + 2];
  if (!(levels <= 32) || blockWidth > 10 || blockHeight > 10 || blockWidth + blockHeight > 12) {
    throw new CodecError('malformed', 'the coding style of the code stream is broken');
  }
  return {
    levels,
    blockWidth,
    blockHeight,
    style: bytes[at + 3]!,
    reversible: bytes[at + 4] === 1,
    precincts: Array.from({ length: levels + 1 }, (_, resolution) => {
      const size = own ? (bytes[at + 5 + resolution] ?? 0xff) : 0xff;
      return { width: size & 15, height: size >> 4 };
    }),
  };
}

/** T.800 table A.28. @param end of the marker segment */
function quantisation(bytes: Uint8Array, at: number, end: number): Quantisation {
  const kind = bytes[at]! & 31;
  const guardBits = bytes[at]! >> 5;
  const wide = kind === 0 ? 1 : 2;
  const count = Math.floor((end - at - 1) / wide);
  const step = (index: number) => {
    if (index >= count) throw new CodecError('malformed', 'the code stream has no quantisation for a subband');
    const value = numberAt(bytes, at + 1 + wide * index, wide);
    return kind === 0 ? { exponent: value >> 3, mantissa: 0 } : { exponent: value >> 11, mantissa: value & 0x7ff };
  };
  if (kind !== 1) return { guardBits, steps: step };
  // Derived from the step size of the lowest subband (T.800 E.1.1.2): the exponent decreases by one for each level
  // after the first.
  const { exponent, mantissa } = step(0);
  return {
    guardBits,
    steps: (subband) => ({ exponent: exponent - Math.max(0, Math.ceil(subband / 3) - 1), mantissa }),
  };
}
