import dicomParser from 'dicom-parser';
import type { DicomJson } from '../../../src/dicom/json/json-model';
import { type ArchiveClient, archiveClient } from '../clients/archive-client';
import { related, type TestPart } from '../clients/metadata-request';
import { withArchive } from './with-archive';

const JSON_TYPE = 'application/dicom+json';

/** The instance of `sliceMetadata()`, and pixels for it. */
export const INSTANCE = '/dicomweb/studies/1.2.3.4/series/1.2.3.4.0/instances/1.2.3.4.1';
export const PIXELS = Uint8Array.from({ length: 512 }, (_, at) => (at * 7) % 251);

/** The items of a sequence. */
export const items = (dataSet: DicomJson, tag: string) => (dataSet[tag]?.Value ?? []) as DicomJson[];
/** An element Pixel Data whose bytes come as bulk data. */
export const withPixels = (uri: string, vr = 'OW'): DicomJson => ({ '7FE00010': { vr, BulkDataURI: uri } });
/** The bytes of Pixel Data. */
export function pixelsOf(dataSet: dicomParser.DataSet): Uint8Array {
  const { dataOffset, length } = dataSet.elements.x7fe00010!;
  return dataSet.byteArray.slice(dataOffset, dataOffset + length) as Uint8Array;
}

/** An archive for each test of the file, to which metadata and bulk data are sent. */
interface MetadataArchive {
  readonly client: ArchiveClient;
  /** Stores parts. @param type of the root part */
  send(parts: readonly TestPart[], type?: string, path?: string): Promise<Response>;
  /** The stored file, as an independent parser reads it. */
  stored(path?: string, accept?: string): Promise<dicomParser.DataSet>;
  /** Keys of objects that belong to no instance yet; a finished request leaves none. */
  leftovers(): Promise<string[]>;
}

export function withMetadataArchive(): MetadataArchive {
  let client: ArchiveClient;
  withArchive(() => {
    client = archiveClient();
  });
  return {
    get client() {
      return client;
    },
    send: (parts, type = JSON_TYPE, path = '/dicomweb/studies') =>
      client.fetch(path, { method: 'POST', ...related(parts, type) }),
    stored: async (path = INSTANCE, accept = 'application/dicom') =>
      dicomParser.parseDicom(await client.bytes(path, accept)),
    leftovers: async () =>
      (await client.bindings.bucket.list()).objects.map(({ key }) => key).filter((key) => key.includes('unfiled/')),
  };
}
