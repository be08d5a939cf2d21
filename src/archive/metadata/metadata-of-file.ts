import { DicomError } from '../../dicom/errors';
import type { DicomJson } from '../../dicom/json/json-model';
import { ObjectMissing } from '../body/stream-pieces';
import type { InstanceIdentity } from '../identities';
import { BufferPool } from '../memory/buffer-pool';
import { HeldMemory } from '../memory/held-memory';
import { instanceKey } from '../object-keys';
import type { Archive } from '../ports';
import { IncomingInstance, type StoreLimits } from '../store/incoming/incoming-instance';
import { ObjectBytes } from '../upload/object-bytes';

/** A file of an instance, and what is known of it. */
export interface FileOfInstance extends InstanceIdentity {
  readonly version: string;
  readonly byteLength?: number;
  /** SHA-256, hexadecimal. */
  readonly digest?: string;
}

/** A store has taken the file, so what any deployment may take is taken here. */
const LIMITS: StoreLimits = {
  instanceBytes: Number.POSITIVE_INFINITY,
  nestingDepth: 1000,
  metadataCharacters: 16 * 1024 ** 2,
  uploadPartBytes: 5 * 1024 ** 2,
  uploadBytesInFlight: 5 * 1024 ** 2,
  callsPerRequest: Number.POSITIVE_INFINITY,
};

/**
 * Makes the metadata of an instance again from its Part 10 file, as a store makes it. Nothing is written.
 * @returns the text of a metadata segment for the instance; undefined when the bucket has lost the file too, or has damaged it
 * @throws UnavailableError
 */
export async function metadataOfFile(archive: Archive, file: FileOfInstance): Promise<string | undefined> {
  const key = instanceKey(file, file.version, 'dcm');
  const byteLength = file.byteLength ?? (await archive.objects.look(key))?.byteLength;
  if (byteLength === undefined) return undefined;
  const bytes = new ObjectBytes(archive.objects, key, byteLength);
  const incoming = new IncomingInstance(archive, LIMITS, new HeldMemory(), new BufferPool(), file.version);
  try {
    const { parsed, digest } = await incoming.receive(bytes);
    return digest === (file.digest ?? digest) ? parsed.json : undefined;
  } catch (error) {
    if (error instanceof ObjectMissing || error instanceof DicomError) return undefined;
    throw error;
  } finally {
    await incoming.abort();
    await bytes.close();
  }
}

/** Makes the metadata of an instance again like `metadataOfFile`. @returns the parsed data set, with relative URIs */
export async function dataSetOfFile(archive: Archive, file: FileOfInstance): Promise<DicomJson | undefined> {
  const text = await metadataOfFile(archive, file);
  return text === undefined ? undefined : JSON.parse(text.replaceAll('\u0001', ''));
}
