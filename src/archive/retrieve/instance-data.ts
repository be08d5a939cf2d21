import type { DicomJson, DicomJsonAttribute } from '../../dicom/json/json-model';
import { decodeBase64 } from '../../dicom/values/base64';
import type { ImageFormat } from '../../imaging/frame';
import { formatByLength, imageFormat } from '../../imaging/image-format';
import type { ObjectPiece } from '../body/pieces';
import { ObjectMissing, streamPieces } from '../body/stream-pieces';
import type { InstanceIdentity } from '../identities';
import { metadataAt } from '../metadata/instance-metadata';
import { metadataInBatches } from '../metadata/metadata-batches';
import { readExactly, readWhole } from '../metadata/metadata-read';
import type { Archive } from '../ports';
import type { InstanceRow } from '../rows';
import { bulkPiece } from './bulk-data';
import { ATTRIBUTE_CACHE_BYTES } from './cache-limits';
import { RecentValues } from './recent-values';
import { SharedLookUps } from './shared-look-ups';

/** Bytes of the longest data set that an isolate keeps. */
const LONGEST_KEPT = ATTRIBUTE_CACHE_BYTES / 2;

/**
 * Bytes of memory that a data set takes for each byte of its JSON text, roughly: objects are larger than their text.
 */
const BYTES_PER_TEXT_BYTE = 5;

/** Bytes of the longest value that is read for work on an image, such as a lookup table or an overlay. */
const LONGEST_VALUE = 16 * 1024 * 1024;

/** The attributes of an instance, and the image format that they describe. */
export interface InstanceData {
  /** A BulkDataURI in it begins with `/studies/`. */
  readonly dataSet: DicomJson;
  /** undefined when the instance is no image */
  readonly format: ImageFormat | undefined;
}

interface Found {
  readonly data: InstanceData;
  /** Bytes of memory, roughly. */
  readonly bytes: number;
}

/**
 * The attributes of the instances that an isolate has read last: a viewer asks for one frame after another of the same
 * instance. The bytes of a version never change, so the kept attributes stay true.
 */
export class InstanceDataCache {
  private readonly kept = new RecentValues<InstanceData>();
  private readonly lookUps = new SharedLookUps<Found>();

  /** Bytes of memory that the data sets take, roughly. */
  get bytes(): number {
    return this.kept.bytes;
  }

  /** Drops all that is kept. */
  drop(): void {
    this.kept.drop();
  }

  /**
   * The attributes of an instance. It takes one round trip to D1 and one R2 read, unless they are kept. Requests that
   * arrive at the same time share one look-up.
   * @throws ObjectMissing when the instance is no longer there, or has another version now
   */
  async find(archive: Archive, row: InstanceRow): Promise<InstanceData> {
    const key = `${archive.name}\n${row.version}`;
    const known = this.kept.use(key);
    if (known !== undefined) return known;
    const { data } = await this.lookUps.share(key, async () => {
      const found = await instanceData(archive, row);
      this.keep(key, found);
      return found;
    });
    return data;
  }

  private keep(key: string, { data, bytes }: Found): void {
    if (bytes > LONGEST_KEPT) return;
    this.kept.keep(key, data, bytes);
    this.kept.shrinkTo(ATTRIBUTE_CACHE_BYTES);
  }
}

async function instanceData(seen: Archive, row: InstanceRow): Promise<Found> {
  const { deidentified } = seen;
  const archive = deidentified?.original ?? seen;
  const identity = deidentified === undefined ? row : await deidentified.originalOf(row);
  const [location] =
    identity === undefined ? [] : await archive.index.metadataLocationsOf([identity as InstanceIdentity]);
  // The row may be older than the location: attributes of another version must not describe these pixels.
  const version = location && deidentified ? await deidentified.versionOf(location.version) : location?.version;
  if (location === undefined || version !== row.version) throw new ObjectMissing(row.version);
  const [stored] = await metadataAt(archive, [location], '');
  if (stored === undefined) throw new ObjectMissing(location.segment);
  const dataSet = deidentified === undefined ? stored : await deidentified.dataSet(stored);
  return { data: described(row, dataSet), bytes: (location.end - location.start) * BYTES_PER_TEXT_BYTE };
}

function described(row: InstanceRow, dataSet: DicomJson): InstanceData {
  const format = imageFormat(dataSet);
  const { pixels } = row.layout;
  const known =
    format !== undefined && pixels?.kind === 'native' ? formatByLength(format, pixels.bitsPerFrame) : format;
  return { dataSet, format: known };
}

/**
 * The attributes of many instances, one after the other, with one round trip to D1 for all of them: a request may send
 * 1000 queries.
 * @returns in the order of the rows; undefined for an instance that is no longer there, or has another version now
 */
export async function* instancesData(
  archive: Archive,
  rows: readonly InstanceRow[],
): AsyncGenerator<InstanceData | undefined> {
  let at = 0;
  for await (const batch of metadataInBatches(archive, rows, '')) {
    for (const dataSet of batch) {
      const row = rows[at++]!;
      yield dataSet && described(row, dataSet);
    }
  }
}

/** The place of the value that a BulkDataURI names, little-endian; undefined when the value has no range of its own. */
export function pieceOfURI(row: InstanceRow, uri: string): ObjectPiece | undefined {
  const path = uri.slice(uri.indexOf(BULK) + BULK.length);
  const range = row.layout.bulk?.find(([of]) => of === path);
  return range === undefined ? undefined : bulkPiece(row, range);
}

const BULK = '/bulkdata/';

/**
 * Reads the values of binary attributes, little-endian.
 * @param rows of the instances whose attributes they are
 * @returns a function that gives undefined for an attribute without a value, or with a value that is too long
 */
export function valuesOf(
  archive: Archive,
  rows: readonly InstanceRow[],
): (attribute: DicomJsonAttribute) => Promise<Uint8Array | undefined> {
  return async ({ InlineBinary, BulkDataURI }) => {
    if (InlineBinary !== undefined) return decodeBase64(InlineBinary);
    const row = rows.find(({ sopInstanceUID }) => BulkDataURI?.includes(`/instances/${sopInstanceUID}${BULK}`));
    const piece = row && BulkDataURI !== undefined ? pieceOfURI(row, BulkDataURI) : undefined;
    if (piece === undefined || piece.length > LONGEST_VALUE) return undefined;
    return await bytesOf(archive, piece);
  };
}

/**
 * The bytes of a piece, in memory. The caller bounds their length.
 * @throws ObjectMissing
 */
export async function bytesOf(archive: Archive, piece: ObjectPiece): Promise<Uint8Array> {
  if (piece.transform === undefined) {
    const stream = await archive.objects.read(piece.key, { offset: piece.offset, length: piece.span });
    if (stream === null) throw new ObjectMissing(piece.key);
    return await readExactly(stream, piece.span, piece.key);
  }
  const { body } = await streamPieces(archive.objects, [piece]);
  return await readWhole(body, piece.length);
}
