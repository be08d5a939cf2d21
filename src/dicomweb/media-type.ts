/** A media type with its parameters, in their order: one name may come twice (transfer-syntax does). */
export interface MediaType {
  /** Lower case: `multipart/related`. */
  readonly type: string;
  readonly parameters: readonly (readonly [name: string, value: string])[];
  /** The first parameter of this name (lower case), if there is one. */
  parameter(name: string): string | undefined;
}

const TYPE = /^\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+\/[!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*(?=;|$)/;
const PARAMETER =
  /\s*;\s*(?:([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;"\s]*(?:\s+[^;"\s]+)*))\s*)?/y;

/**
 * Parses a media type (RFC 9110 8.3.1): values quoted or not, any case, any white space.
 * @returns undefined when it is none
 */
export function parseMediaType(text: string): MediaType | undefined {
  const type = TYPE.exec(text);
  if (type === null) return undefined;
  const parameters: [string, string][] = [];
  PARAMETER.lastIndex = type[0].length;
  while (PARAMETER.lastIndex < text.length) {
    const found = PARAMETER.exec(text);
    if (found === null) return undefined;
    const [, name, quoted, plain] = found;
    if (name !== undefined) parameters.push([name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? plain ?? '']);
  }
  return {
    type: type[1]!.toLowerCase(),
    parameters,
    parameter: (name) => parameters.find(([of]) => of === name)?.[1],
  };
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** Writes a media type; values that are no token are quoted. */
export function formatMediaType(type: string, parameters: readonly (readonly [string, string])[]): string {
  const written = parameters.map(([name, value]) => {
    return `; ${name}=${TOKEN.test(value) ? value : `"${value.replace(/["\\]/g, '\\$&')}"`}`;
  });
  return type + written.join('');
}
