import { decodeBase64 } from '../dicom/base64';
import type { DicomJson, DicomJsonAttribute } from '../dicom/json-model';
import type { ImageFormat } from '../imaging/frame';
import { imageFormat } from '../imaging/image-format';
import { bulkPiece } from './bulk-data';
import { instanceMetadata } from './instance-metadata';
import { readExactly, readWhole } from './metadata-read';
import type { ObjectPiece } from './pieces';
import type { Archive } from './ports';
import type { InstanceRow } from './rows';
import { ObjectMissing, streamPieces } from './stream-pieces';

/** What is kept of an isolate's memory for data sets: UTF-16 code units of their JSON. */
const KEPT_CHARACTERS = 1024 * 1024;
const LONGEST_KEPT = 64 * 1024;

/** A value of an image that is read to work with it, such as a lookup table or an overlay: bytes at most. */
const LONGEST_VALUE = 16 * 1024 * 1024;

/** An instance's attributes, and what they say of its pixels. */
export interface InstanceData {
  /** BulkDataURIs in it begin with `/studies/`. */
  readonly dataSet: DicomJson;
  /** undefined: it is no image */
  readonly format: ImageFormat | undefined;
}

/**
 * The attributes of instances that an isolate has read last: a viewer asks for one frame after another of the same
 * instance. A version's bytes never change, so what is known of it stays true.
 */
export class InstanceDataCache {
  private readonly kept = new Map<string, { data: InstanceData; characters: number }>();
  private characters = 0;

  /** Memory that the data sets take, bytes, roughly: objects are larger than their text. */
  get bytes(): number {
    return 5 * this.characters;
  }

  /** Gives up all that is kept. */
  drop(): void {
    this.kept.clear();
    this.characters = 0;
  }

  /** One round trip to D1 and one R2 read, unless it is known. @throws ObjectMissing when the instance is gone */
  async find(archive: Archive, row: InstanceRow): Promise<InstanceData> {
    const key = `${archive.name}\n${row.version}`;
    const known = this.kept.get(key);
    if (known !== undefined) {
      this.kept.delete(key);
      this.kept.set(key, known);
      return known.data;
    }
    const data = await instanceData(archive, row);
    const characters = JSON.stringify(data.dataSet).length;
    if (characters <= LONGEST_KEPT) this.keep(key, data, characters);
    return data;
  }

  private keep(key: string, data: InstanceData, characters: number): void {
    if (this.kept.has(key)) return;
    this.kept.set(key, { data, characters });
    this.characters += characters;
    for (const [oldest, { characters: less }] of this.kept) {
      if (this.characters <= KEPT_CHARACTERS) break;
      this.kept.delete(oldest);
      this.characters -= less;
    }
  }
}

async function instanceData(archive: Archive, row: InstanceRow): Promise<InstanceData> {
  const [dataSet] = await instanceMetadata(archive, [row], '');
  if (dataSet === undefined) throw new ObjectMissing();
  return { dataSet, format: imageFormat(dataSet) };
}

/** Where the value of a BulkDataURI lies, little-endian; undefined where it has no range of its own. */
export function pieceOfURI(row: InstanceRow, uri: string): ObjectPiece | undefined {
  const path = uri.slice(uri.indexOf(BULK) + BULK.length);
  const range = row.layout.bulk?.find(([of]) => of === path);
  return range === undefined ? undefined : bulkPiece(row, range);
}

const BULK = '/bulkdata/';

/**
 * Reads the values of binary attributes, little-endian.
 * @param rows of the instances whose attributes they are
 * @returns a function that gives undefined for an attribute without a value, or with one too long to be held
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

/** The bytes of a piece, held. The caller bounds them. @throws ObjectMissing */
export async function bytesOf(archive: Archive, piece: ObjectPiece): Promise<Uint8Array> {
  if (piece.transform === undefined) {
    const stream = await archive.objects.read(piece.key, { offset: piece.offset, length: piece.span });
    if (stream === null) throw new ObjectMissing();
    return await readExactly(stream, piece.span);
  }
  const { body } = await streamPieces(archive.objects, [piece]);
  return await readWhole(body, piece.length);
}
