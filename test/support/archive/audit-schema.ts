/*
 * The schema of audit messages, PS3.15 A.5.1, as this project needs it: elements in their order with the number of each, and
 * attributes with their values. The standard prints it in RELAX NG; no package of Debian or npm has it as a file.
 */

/** How often an element stands: exactly once, at most once, any number of times, at least once. */
type Times = '1' | '?' | '*' | '+';

/** What an attribute or a text may be. */
type Values = RegExp | readonly string[];

interface Definition {
  readonly attributes: Readonly<Record<string, Values>>;
  /** Attributes that may be missing. */
  readonly optional?: readonly string[];
  /** The element has one of these names. */
  readonly content: readonly (readonly [names: string, times: Times])[];
  readonly text?: Values;
}

/** xsd:token: no line breaks, no spaces at the ends, none after another. */
const TOKEN = /^$|^\S+( \S+)*$/;
const BASE64 = /^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?$/;
const upTo = (last: number) => Array.from({ length: last }, (_, at) => String(at + 1));

const CODED: Definition = {
  attributes: { 'csd-code': TOKEN, codeSystemName: TOKEN, displayName: TOKEN, originalText: TOKEN },
  optional: ['displayName'],
  content: [],
};

const DEFINITIONS: Readonly<Record<string, Definition>> = {
  AuditMessage: {
    attributes: {},
    content: [
      ['EventIdentification', '1'],
      ['ActiveParticipant', '+'],
      ['AuditSourceIdentification', '1'],
      ['ParticipantObjectIdentification', '*'],
    ],
  },
  EventIdentification: {
    attributes: {
      EventActionCode: ['C', 'R', 'U', 'D', 'E'],
      EventDateTime: DATE_TIME,
      EventOutcomeIndicator: ['0', '4', '8', '12'],
    },
    optional: ['EventActionCode'],
    content: [
      ['EventID', '1'],
      ['EventTypeCode', '*'],
      ['EventOutcomeDescription', '?'],
    ],
  },
  ActiveParticipant: {
    attributes: {
      UserID: /^.+$/s,
      AlternativeUserID: /^.*$/s,
      UserName: /^.*$/s,
      UserIsRequestor: ['true', 'false'],
      NetworkAccessPointID: TOKEN,
      NetworkAccessPointTypeCode: upTo(5),
    },
    optional: ['AlternativeUserID', 'UserName', 'NetworkAccessPointID', 'NetworkAccessPointTypeCode'],
    content: [['RoleIDCode', '*']],
  },
  AuditSourceIdentification: {
    attributes: { AuditEnterpriseSiteID: TOKEN, AuditSourceID: TOKEN },
    optional: ['AuditEnterpriseSiteID'],
    content: [['AuditSourceTypeCode', '*']],
  },
  ParticipantObjectIdentification: {
    attributes: {
      ParticipantObjectID: TOKEN,
      ParticipantObjectTypeCode: upTo(4),
      ParticipantObjectTypeCodeRole: upTo(26),
      ParticipantObjectDataLifeCycle: upTo(15),
      ParticipantObjectSensitivity: TOKEN,
    },
    optional: [
      'ParticipantObjectTypeCode',
      'ParticipantObjectTypeCodeRole',
      'ParticipantObjectDataLifeCycle',
      'ParticipantObjectSensitivity',
    ],
    content: [
      ['ParticipantObjectIDTypeCode', '1'],
      ['ParticipantObjectName|ParticipantObjectQuery', '1'],
      ['ParticipantObjectDetail', '*'],
    ],
  },
  ParticipantObjectName: { attributes: {}, content: [], text: TOKEN },
  ParticipantObjectQuery: { attributes: {}, content: [], text: BASE64 },
  ParticipantObjectDetail: { attributes: { type: TOKEN, value: BASE64 }, content: [] },
  EventID: CODED,
  EventTypeCode: CODED,
  RoleIDCode: CODED,
  ParticipantObjectIDTypeCode: CODED,
};

interface XMLElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XMLElement[];
  readonly text: string;
}

/** What is wrong with an audit message, in words; empty when the message is valid. */
export function faultsOf({ name, attributes, children, text }: XMLElement): string[] {
  const definition = DEFINITIONS[name];
  if (definition === undefined) return [`${name} is not in the schema`];
  const faults: string[] = [];
  for (const [attribute, value] of Object.entries(attributes)) {
    const values = definition.attributes[attribute];
    if (values === undefined || !isOne(values, value)) faults.push(`${name}/@${attribute} is ${value}`);
  }
  for (const attribute of Object.keys(definition.attributes)) {
    const isMissing = !Object.hasOwn(attributes, attribute) && !definition.optional?.includes(attribute);
    if (isMissing) faults.push(`${name}/@${attribute} is missing`);
  }
  if (!isOne(definition.text ?? /^\s*$/, text)) faults.push(`${name} has the text ${text}`);
  const expected = definition.content
    .map(([names, times]) => `(?:(?:${names}) )${times === '1' ? '' : times}`)
    .join('');
  const found = children.map((child) => `${child.name} `).join('');
  if (!new RegExp(`^${expected}$`).test(found)) faults.push(`${name} has ${found}`);
  return [...faults, ...children.flatMap(faultsOf)];
}

function isOne(values: Values, value: string): boolean {
  return values instanceof RegExp ? values.test(value) : values.includes(value);
}

/** Reads XML without comments, sections and declarations of its own. @throws when it is not well-formed */
export function parseXML(text: string): XMLElement {
  let at = /^\s*<\?xml [^?]*\?>\s*/.exec(text)?.[0].length ?? 0;
  const next = (pattern: RegExp): RegExpExecArray | null => {
    const sticky = new RegExp(pattern.source, 'y');
    sticky.lastIndex = at;
    const found = sticky.exec(text);
    if (found !== null) at = sticky.lastIndex;
    return found;
  };
  const element = (): XMLElement => {
    const [, name = ''] = next(/<([A-Za-z][\w.-]*)/) ?? fail();
    const attributes: Record<string, string> = {};
    for (
      let found = next(/\s+([A-Za-z][\w.-]*)="([^"<]*)"/);
      found !== null;
      found = next(/\s+([A-Za-z][\w.-]*)="([^"<]*)"/)
    ) {
      if (Object.hasOwn(attributes, found[1]!)) fail();
      attributes[found[1]!] = unescaped(found[2]!);
    }
    if (next(/\s*\/>/)) return { name, attributes, children: [], text: '' };
    if (!next(/\s*>/)) fail();
    const children: XMLElement[] = [];
    let own = '';
    while (!next(new RegExp(`</${name}\\s*>`))) {
      const some = next(/[^<]+/);
      if (some === null) children.push(element());
      else own += unescaped(some[0]);
    }
    return { name, attributes, children, text: own };
  };
  const fail = (): never => {
    throw new Error(`not well-formed at ${at}: ${text.slice(at, at + 60)}`);
  };
  const unescaped = (raw: string): string => {
    if (/&(?!(amp|lt|gt|quot|apos|#\d+|#x[0-9a-fA-F]+);)/.test(raw)) fail();
    return raw
      .replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
      .replaceAll(/&#x([0-9a-fA-F]+);/g, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16)))
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&quot;', '"')
      .replaceAll('&apos;', "'")
      .replaceAll('&amp;', '&');
  };
  const root = element();
  if (text.slice(at).trim() !== '') fail();
  return root;
}
