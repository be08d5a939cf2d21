import { SaxesParser } from 'saxes';

/** An element of an XML document in the namespace of WADL. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
}

/** A method of a described resource. */
export interface DescribedMethod {
  readonly method: string;
  readonly id: string;
  /** Absolute, with the names of the template in braces. */
  readonly uri: string;
  readonly element: XmlElement;
}

const WADL = 'http://wadl.dev.java.net/2009/02';

/** Parses a document. Throws for invalid XML, or for an element of another namespace. */
export function parseWadl(text: string): XmlElement {
  const parser = new SaxesParser({ xmlns: true });
  const open: { name: string; attributes: Record<string, string>; children: XmlElement[] }[] = [];
  let root: XmlElement | undefined;
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ local, uri, attributes }) => {
    if (uri !== WADL) throw new Error(`${local} is of the namespace ${uri}`);
    const given = Object.values(attributes).map(({ name, value }) => [name, value]);
    const element = { name: local, attributes: Object.fromEntries(given), children: [] };
    open.at(-1)?.children.push(element);
    root ??= element;
    open.push(element);
  });
  parser.on('closetag', () => open.pop());
  parser.write(text).close();
  return root!;
}

/** The used part of the schema of the W3C Member Submission: attributes, and child elements in their order. */
const SCHEMA: Readonly<Record<string, readonly [attributes: string, children: readonly string[]]>> = {
  application: ['', ['resources']],
  resources: ['base', ['resource']],
  resource: ['path', ['param', 'method resource']],
  method: ['name id', ['request', 'response']],
  request: ['', ['param', 'representation']],
  response: ['status', ['representation']],
  representation: ['mediaType', []],
  param: ['name style required repeating', ['option']],
  option: ['value', []],
};

/** The places in which a document is not valid by the schema. */
export function faultsOf({ name, attributes, children }: XmlElement): string[] {
  const [allowed, content] = SCHEMA[name] ?? ['', []];
  const places = children.map((child) => content.findIndex((names) => names.split(' ').includes(child.name)));
  const faults = Object.keys(attributes).filter((key) => key !== 'xmlns' && !allowed.split(' ').includes(key));
  if (places.some((place, at) => place < (places[at - 1] ?? 0))) faults.push('children');
  if (name === 'param' && !/^[\w.:-]+$/.test(attributes.name ?? '')) faults.push(`name ${attributes.name}`);
  if (name === 'response' && !/^\d{3}( \d{3})*$/.test(attributes.status ?? '')) faults.push(`${attributes.status}`);
  return [...faults.map((fault) => `${name}: ${fault}`), ...children.flatMap(faultsOf)];
}

export function childrenOf(element: XmlElement | undefined, name: string): readonly XmlElement[] {
  return element?.children.filter((child) => child.name === name) ?? [];
}

/** The methods of all resources; throws if a name in a template has no param. */
export function methodsOf(application: XmlElement): DescribedMethod[] {
  const methods: DescribedMethod[] = [];
  const visit = (resource: XmlElement, around: string): void => {
    const uri = `${around}/${resource.attributes.path}`;
    const named = [...resource.attributes.path!.matchAll(/\{(.*?)\}/g)].map(([, name]) => name);
    const params = childrenOf(resource, 'param').filter(({ attributes }) => attributes.style === 'template');
    const declared = params.map(({ attributes }) => attributes.name);
    if (String(named) !== String(declared)) throw new Error(`${uri} declares ${declared}`);
    for (const element of childrenOf(resource, 'method')) {
      methods.push({ method: element.attributes.name!, id: element.attributes.id!, uri, element });
    }
    for (const child of childrenOf(resource, 'resource')) visit(child, uri);
  };
  for (const resources of childrenOf(application, 'resources')) {
    for (const resource of childrenOf(resources, 'resource')) visit(resource, resources.attributes.base!);
  }
  return methods;
}

/** Names of a method's parameters of one kind. */
export function namesOf({ element }: DescribedMethod, style: 'query' | 'header'): string[] {
  return childrenOf(childrenOf(element, 'request')[0], 'param')
    .filter(({ attributes }) => attributes.style === style)
    .map(({ attributes }) => attributes.name!);
}

/** The media types that a method's answers of a status can have; undefined if the status is not described. */
export function answersOf({ element }: DescribedMethod, status: number): string[] | undefined {
  const responses = childrenOf(element, 'response').filter(({ attributes }) =>
    attributes.status!.split(' ').includes(String(status)),
  );
  if (responses.length === 0) return undefined;
  return responses.flatMap((response) =>
    childrenOf(response, 'representation').map(({ attributes }) => attributes.mediaType!),
  );
}
