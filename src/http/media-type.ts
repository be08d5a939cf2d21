/** A media type with its parameters. */
export interface MediaType {
  /** `type/subtype`, in lower case. */
  readonly type: string;
  /**
   * In the order of the text, repetitions included, because viewers name several transfer syntaxes. Names are in lower
   * case, values as sent.
   */
  readonly parameters: readonly (readonly [name: string, value: string])[];
  /** The first value of a parameter; undefined when there is none. @param name in lower case */
  parameter(name: string): string | undefined;
}

/**
 * Reads a media type (RFC 9110 8.3.1). Quotes are optional around every value, and letter case and white space are
 * free. The value of `type=` has a slash, which a token must not contain, but many clients send it without quotes
 * (PS3.18 8.7.3.5 treats both forms as the same).
 * @returns undefined when there is no `type/subtype`
 */
export function parseMediaType(text: string): MediaType | undefined {
  const [head = '', ...rest] = splitOutsideQuotes(text, ';');
  const type = /^\s*([^\s/,"]+)\s*\/\s*([^\s/,"]+)\s*$/.exec(head);
  if (type === null) return undefined;
  const parameters = rest.map(parseParameter).filter(([name]) => name !== '');
  return {
    type: `${type[1]}/${type[2]}`.toLowerCase(),
    parameters,
    parameter: (name) => parameters.find(([of]) => of === name)?.[1],
  };
}

function parseParameter(text: string): readonly [name: string, value: string] {
  const equals = text.indexOf('=');
  if (equals < 0) return ['', ''];
  const name = text.slice(0, equals).trim().toLowerCase();
  const value = text.slice(equals + 1).trim();
  if (!value.startsWith('"')) return [name, value];
  const quoted = /^"((?:[^"\\]|\\.)*)/s.exec(value)?.[1] ?? '';
  return [name, quoted.replace(/\\(.)/gs, '$1')];
}

/** Writes a media type. A value that is not a token of RFC 9110 5.6.2 is quoted. */
export function formatMediaType(
  type: string,
  parameters: readonly (readonly [name: string, value: string])[] = [],
): string {
  return [type, ...parameters.map(([name, value]) => `${name}=${TOKEN.test(value) ? value : quote(value)}`)].join('; ');
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

function quote(value: string): string {
  return `"${value.replace(/["\\]/g, '\\$&')}"`;
}

/** Splits at separators outside of quoted strings (RFC 9110 5.6.4). */
export function splitOutsideQuotes(text: string, separator: ',' | ';'): string[] {
  const parts: string[] = [];
  let from = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '"') quoted = !quoted;
    else if (character === '\\' && quoted) at += 1;
    else if (character === separator && !quoted) {
      parts.push(text.slice(from, at));
      from = at + 1;
    }
  }
  parts.push(text.slice(from));
  return parts;
}
