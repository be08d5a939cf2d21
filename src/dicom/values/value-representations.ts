import { VALUE_CHECKS, type ValueCheck } from './value-checks';

/** How the values of a VR are encoded and how they appear in JSON (PS3.5 6.2, PS3.18 F.2.3). */
export interface ValueRepresentation {
  readonly name: string;
  /** An explicit VR header has a 32-bit length after two reserved bytes (PS3.5 7.1.2). */
  readonly long: boolean;
  readonly kind: 'text' | 'number-text' | 'name' | 'number' | 'bytes' | 'sequence';
  /** Bytes of one value of a binary VR, and of the words that are reversed when big-endian. */
  readonly word: number;
  /** Whether a backslash separates values of text. */
  readonly multiple: boolean;
  /** Whether Specific Character Set applies to text (PS3.5 6.1.2.3). */
  readonly charset: boolean;
  /** Whether leading spaces of text are padding too. */
  readonly trimStart: boolean;
  /** The check of a value of text. */
  readonly check: ValueCheck | undefined;
}

const BASE = {
  long: false,
  word: 1,
  multiple: true,
  charset: false,
  trimStart: false,
  check: undefined,
} as const;

function text(name: string, rest: Partial<ValueRepresentation> = {}): ValueRepresentation {
  return { ...BASE, name, kind: 'text', check: VALUE_CHECKS[name], ...rest };
}
function numbers(name: string, word: number, long = false): ValueRepresentation {
  return { ...BASE, name, kind: 'number', word, long };
}
function bytes(name: string, word: number): ValueRepresentation {
  return { ...BASE, name, kind: 'bytes', word, long: true };
}

/** All value representations of PS3.5 table 6.2-1, by name. */
const VALUE_REPRESENTATIONS: ReadonlyMap<string, ValueRepresentation> = new Map(
  [
    text('AE', { trimStart: true }),
    text('AS', { trimStart: true }),
    text('CS', { trimStart: true }),
    text('DA', { trimStart: true }),
    text('DT', { trimStart: true }),
    text('TM', { trimStart: true }),
    text('UI', { trimStart: true }),
    text('LO', { charset: true }),
    text('SH', { charset: true }),
    text('UC', { charset: true, long: true }),
    text('LT', { charset: true, multiple: false }),
    text('ST', { charset: true, multiple: false }),
    text('UT', { charset: true, multiple: false, long: true }),
    text('UR', { multiple: false, long: true }),
    text('DS', { kind: 'number-text', trimStart: true }),
    text('IS', { kind: 'number-text', trimStart: true }),
    text('PN', { kind: 'name', charset: true }),
    numbers('AT', 2),
    numbers('FL', 4),
    numbers('FD', 8),
    numbers('SL', 4),
    numbers('SS', 2),
    numbers('UL', 4),
    numbers('US', 2),
    numbers('SV', 8, true),
    numbers('UV', 8, true),
    bytes('OB', 1),
    bytes('OD', 8),
    bytes('OF', 4),
    bytes('OL', 4),
    bytes('OV', 8),
    bytes('OW', 2),
    bytes('UN', 1),
    { ...BASE, name: 'SQ', kind: 'sequence', long: true } satisfies ValueRepresentation,
  ].map((vr) => [vr.name, vr]),
);

const BY_CODE = new Map(
  [...VALUE_REPRESENTATIONS.values()].map((vr) => [(vr.name.charCodeAt(0) << 8) | vr.name.charCodeAt(1), vr]),
);

/** The VR of the two bytes in an explicit header; undefined when the standard does not define it. */
export function vrOfCode(first: number, second: number): ValueRepresentation | undefined {
  return BY_CODE.get((first << 8) | second);
}

/** The VR of a name; undefined when the standard does not define it. */
export function vrOfName(name: string): ValueRepresentation | undefined {
  return VALUE_REPRESENTATIONS.get(name);
}

/** The VR of a name that the standard defines. */
export function vrNamed(name: string): ValueRepresentation {
  return VALUE_REPRESENTATIONS.get(name)!;
}

/** Unknown (PS3.5 6.2.2). */
export const UN = vrNamed('UN');

/** Sequence of Items (PS3.5 7.5). */
export const SQ = vrNamed('SQ');
