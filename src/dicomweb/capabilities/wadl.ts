import type { RouteAccess } from '../../access/permission';
import type { Config } from '../../config';
import { escapeXml } from '../../dicom/xml/xml-writer';
import { formatMediaType } from '../../http/media-type';
import { type ProblemCode, statusOf } from '../../http/problem';
import type { Offer } from '../answer/negotiate';
import type { Route, Service, Transaction } from '../route';

/**
 * An element of a WADL document (W3C Member Submission of 31 August 2009). Lists are child elements, in the order of
 * the schema; all other values are attributes. No standard defines a JSON form, so the JSON is the same tree.
 */
export type WadlElement = { readonly [name: string]: string | boolean | readonly WadlElement[] };

const NAMESPACE = 'http://wadl.dev.java.net/2009/02';

/**
 * Builds the Capabilities Description of a resource and of the resources below it (PS3.18 annex H). HEAD is not listed,
 * because it is always allowed where GET is (RFC 9110 9.3.2).
 * @param path template of the resource; empty for the whole service
 * @param baseURI absolute URI of the service
 */
export function capabilitiesOf({ routes }: Service, path: string, baseURI: string, config: Config): WadlElement {
  const resource = resourceAt(path, path.slice(1), routes, config);
  const described = path === '' ? (resource.resource as readonly WadlElement[]) : [resource];
  return { xmlns: NAMESPACE, resources: [{ base: baseURI, resource: described }] };
}

/** Writes a document, or a part of it, as XML. */
export function wadlXml(name: string, element: WadlElement): string {
  let start = `<${name}`;
  let content = '';
  for (const [key, value] of Object.entries(element)) {
    if (typeof value === 'object') content += value.map((child) => wadlXml(key, child)).join('');
    else start += ` ${key}="${escapeXml(String(value))}"`;
  }
  return content === '' ? `${start}/>` : `${start}>${content}</${name}>`;
}

/** @param from the part of the path that the enclosing elements do not contain yet */
function resourceAt(path: string, from: string, routes: readonly Route[], config: Config): WadlElement {
  const here = routes.filter(([, of]) => of === path);
  const below = routes.filter(([, of]) => of.startsWith(`${path}/`));
  const bySegment = Map.groupBy(below, ([, of]) => of.slice(path.length + 1).split('/', 1)[0]!);
  return {
    path: from.replaceAll('{+', '{'),
    param: [...from.matchAll(/\{\+?(\w+)\}/g)].map(([, name]) => ({ name: name!, style: 'template', required: true })),
    method: here.map(([method, , name, access, , transaction]) => ({
      name: method,
      id: name,
      request: [request(transaction, config)],
      response: responses(transaction, access),
    })),
    resource: [...bySegment].map(([segment, inside]) => resourceAt(`${path}/${segment}`, segment, inside, config)),
  };
}

function request({ negotiated, gives, takes = [], parameters }: Transaction, config: Config): WadlElement {
  const accept = { name: 'Accept', style: 'header', option: unique(gives.map(withSyntax)).map((value) => ({ value })) };
  const query = [...(negotiated ? [{ name: 'accept' }] : []), ...(parameters?.(config) ?? [])];
  return {
    param: [...(negotiated ? [accept] : []), ...query.map(({ name, ...how }) => ({ name, style: 'query', ...how }))],
    representation: representations(takes),
  };
}

/** Status codes of answers without a body: RFC 9110 6.4.1. */
const BODILESS: ReadonlySet<number> = new Set([204, 304]);

/** What the gate may answer. */
const GATE_FAILURES: readonly ProblemCode[] = ['unauthorized', 'forbidden'];

function responses({ statuses, gives, failures }: Transaction, access: RouteAccess): WadlElement[] {
  return [
    { status: statuses.filter((status) => !BODILESS.has(status)).join(' '), representation: representations(gives) },
    { status: statuses.filter((status) => BODILESS.has(status)).join(' ') },
    {
      status: unique([...failures, ...(access === 'nothing' || access === 'secret' ? [] : GATE_FAILURES)].map(statusOf))
        .sort()
        .join(' '),
      representation: [{ mediaType: 'application/problem+json' }],
    },
  ].filter(({ status }) => status !== '');
}

function representations(offers: readonly Offer[]): WadlElement[] {
  return unique(offers.map((offer) => typeOf(offer))).map((mediaType) => ({ mediaType }));
}

function withSyntax(offer: Offer): string {
  const { transferSyntaxUID } = offer;
  return typeOf(offer, transferSyntaxUID === undefined ? [] : [['transfer-syntax', transferSyntaxUID]]);
}

function typeOf({ mediaType, multipart }: Offer, parameters: readonly (readonly [string, string])[] = []): string {
  return multipart
    ? formatMediaType('multipart/related', [['type', mediaType], ...parameters])
    : formatMediaType(mediaType, parameters);
}

function unique<Value>(values: readonly Value[]): Value[] {
  return [...new Set(values)];
}
