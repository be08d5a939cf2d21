import { digestOf } from '../../archive/bytes';
import { bulkPiece, bulkRange, isPixelData, PIXEL_DATA } from '../../archive/retrieve/bulk-data';
import { frameCount } from '../../archive/retrieve/frames';
import { instancesOf } from '../../archive/retrieve/retrieve';
import type { InstanceRow } from '../../archive/rows';
import type { BulkRange } from '../../dicom/pixels/pixel-layout';
import { documentTypeOfClass } from '../../dicom/reports/encapsulated-document';
import { type AcceptRange, requestedTypes } from '../../http/accept';
import { HttpProblem } from '../../http/problem';
import { tagOf, tagWithBase } from '../answer/entity-tag';
import { respondMultipart } from '../answer/multipart-response';
import type { BodyPart, KnownPart } from '../answer/multipart-writer';
import { OCTETS } from '../answer/negotiate';
import { offerOf, planRepresentation, type Resource } from '../answer/plan-representation';
import { CONVERSION, respond, unchanged } from '../answer/respond';
import type { AppContext } from '../context';
import { instanceURI } from '../resource/resource-uris';
import { absent, scopeOf } from '../resource/scope';
import { lookingAgain, withInstance } from '../resource/with-instance';
import {
  FRAMES_OF_VALUE,
  isUncompressedFor,
  respondPixelData,
  storedFrameParts,
  uncompressedParts,
} from './compressed-pixel-data';
import { retrieveFramesOf } from './wado-rs-frames';

/** GET the value that a BulkDataURI names: PS3.18 10.4.1.1.5. */
export async function retrieveBulkData(c: AppContext): Promise<Response> {
  const path = (c.req.param('path') ?? '').toUpperCase();
  if (path.startsWith(FRAMES)) return await retrieveFramesOf(c, path.slice(FRAMES.length));
  return await withInstance(c, async (row) => {
    if (path === PIXEL_DATA && row.layout.pixels?.kind === 'encapsulated') return await encapsulatedPixelData(c, row);
    const found = bulkRange(row, path);
    if (found === undefined) throw new HttpProblem('not-found', 'The instance has no such bulk data.');
    const resource: Resource = { kind: 'value', row, single: true, documentType: documentType(row, path) };
    const { mediaType, multipart } = offerOf(planRepresentation(resource, requestedTypes(c.req.raw)));
    const pieces = [bulkPiece(row, found)];
    const etag = await tagOf(row, multipart ? 'm' : 's', mediaType, path.replaceAll('/', '.'));
    if (!multipart) {
      // XML may be a page with scripts.
      const active = mediaType === 'text/xml' && { active: true as const };
      return await respond(c, { contentType: mediaType, etag, pieces, ...active });
    }
    const part = { contentType: mediaType, location: bulkDataURI(c, row, path), pieces };
    return await respondMultipart(c, { boundary: row.version, etag, type: mediaType, whole: true }, [part]);
  });
}

/** The parts of compressed pixel data have such URIs. */
const FRAMES = `${PIXEL_DATA}${FRAMES_OF_VALUE}`.toUpperCase();

async function encapsulatedPixelData(c: AppContext, row: InstanceRow): Promise<Response> {
  const count = frameCount(row);
  if (count > c.get('config').limits.instancesPerRetrieve) throw tooMany();
  return await respondPixelData(c, row, requestedTypes(c.req.raw));
}

/** GET all bulk data of a study, a series or an instance: PS3.18 10.4.1.1.5, 10.4.3.3.5. */
export async function retrieveAllBulkData(c: AppContext): Promise<Response> {
  return await lookingAgain(c, () => retrieveValues(c, 'all', () => true));
}

/** GET all pixel data of a study, a series or an instance: PS3.18 10.4.1.1.6, 10.4.3.3.6. */
export async function retrievePixelData(c: AppContext): Promise<Response> {
  return await lookingAgain(c, () => retrieveValues(c, 'pixels', isPixelData));
}

/**
 * One part for each value, or one for each frame of compressed pixel data; each part is as it would be in an answer of
 * its own.
 */
async function retrieveValues(
  c: AppContext,
  name: 'all' | 'pixels',
  wanted: (range: BulkRange) => boolean,
): Promise<Response> {
  const scope = scopeOf(c);
  const limit = c.get('config').limits.instancesPerRetrieve;
  const rows = await instancesOf(c.get('archive'), scope, limit);
  if (rows === null) throw tooMany();
  if (rows.length === 0) throw await absent(c, scope);
  const values = rows.map((row) => ({ row, ranges: (row.layout.bulk ?? []).filter(wanted) }));
  // Each part is an R2 read, and so is each table of frame positions.
  const reads = values.reduce((sum, { row, ranges }) => sum + ranges.length + readsOfFrames(row), 0);
  if (reads > limit) throw tooMany();
  const accepted = requestedTypes(c.req.raw);
  const boundary = await digestOf(rows.map(({ version }) => version).join());
  const etag = await digestOf([boundary, CONVERSION, name, FRAMES, JSON.stringify(accepted)].join('\n'));
  const current = unchanged(c, await tagWithBase(c, etag));
  if (current !== undefined) return current;
  if (rows.some((row) => isUncompressedFor(accepted, row))) {
    const head = { boundary, etag, type: OCTETS };
    return await respondMultipart(c, head, async () => ({ parts: partsInTurn(c, values, accepted) }));
  }
  const parts: KnownPart[] = [];
  for (let at = 0; at < values.length; at += TABLES_AT_ONCE) {
    const some = values.slice(at, at + TABLES_AT_ONCE);
    const made = await Promise.all(some.map((of) => storedParts(c, of, accepted)));
    for (const of of made) parts.push(...of);
  }
  const [first] = parts;
  if (first === undefined) throw new HttpProblem('not-found', 'The resource has no such data.');
  const type = first.contentType.replace(/;.*/, '');
  return await respondMultipart(c, { boundary, etag, type }, parts);
}

/** The values that the client wants of one instance. */
interface Wanted {
  readonly row: InstanceRow;
  readonly ranges: readonly BulkRange[];
}

async function storedParts(
  c: AppContext,
  { row, ranges }: Wanted,
  accepted: readonly AcceptRange[],
): Promise<KnownPart[]> {
  return [...valueParts(c, row, ranges, accepted), ...(await storedFrameParts(c, row, accepted))];
}

async function* partsInTurn(
  c: AppContext,
  values: readonly Wanted[],
  accepted: readonly AcceptRange[],
): AsyncGenerator<BodyPart> {
  for (const wanted of values) {
    if (!isUncompressedFor(accepted, wanted.row)) yield* await storedParts(c, wanted, accepted);
    else {
      yield* valueParts(c, wanted.row, wanted.ranges, accepted);
      yield* uncompressedParts(c, wanted.row, accepted);
    }
  }
}

/** Six connections may wait for an answer at the same time. */
const TABLES_AT_ONCE = 5;

function valueParts(
  c: AppContext,
  row: InstanceRow,
  ranges: readonly BulkRange[],
  accepted: readonly AcceptRange[],
): KnownPart[] {
  return ranges.map((range) => {
    const [path] = range;
    const resource: Resource = { kind: 'value', row, single: false, documentType: documentType(row, path) };
    return {
      contentType: offerOf(planRepresentation(resource, accepted)).mediaType,
      location: bulkDataURI(c, row, path),
      pieces: [bulkPiece(row, range)],
    };
  });
}

function readsOfFrames(row: InstanceRow): number {
  if (row.layout.pixels?.kind !== 'encapsulated') return 0;
  const count = frameCount(row);
  return count + Math.ceil(count / FRAMES_A_TABLE_READ);
}

/** Fewer than framePieces reads at once. */
const FRAMES_A_TABLE_READ = 4000;

/**
 * Media type of an encapsulated document. Only the SOP class decides, because the instance could name a type that a
 * browser would run.
 */
function documentType({ sopClassUID }: InstanceRow, path: string): string | undefined {
  return path === ENCAPSULATED_DOCUMENT ? documentTypeOfClass(sopClassUID) : undefined;
}

const ENCAPSULATED_DOCUMENT = '00420011';

function bulkDataURI(c: AppContext, row: InstanceRow, path: string): string {
  return `${instanceURI(c.get('baseURI'), row)}/bulkdata/${path}`;
}

function tooMany(): HttpProblem {
  return new HttpProblem('too-large', 'Too many values for one answer. Retrieve them one by one, or frames by number.');
}
