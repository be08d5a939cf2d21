import type { SeededRandom } from '../seeded-random';
import { seededRandom } from '../seeded-random';
import { type FuzzFile, randomFile, type Sample } from './fuzz-file';
import { metadataParts } from './fuzz-metadata';
import { type FuzzBody, randomMultipart } from './fuzz-multipart';

/** One request that stores, or tries to. */
export interface StoreCase {
  readonly seed: number;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
  /** Sizes of the pieces in which the body is sent; empty: the body is sent at once. */
  readonly pieces: readonly number[];
  /** The files in the body, if the framing lets each be found; undefined if it is open where a file begins and ends. */
  readonly files: readonly Uint8Array[] | undefined;
  /** The archive writes the stored file from metadata, so its bytes are not those of the body. */
  readonly written: boolean;
}

const ACCEPTS = [
  'application/dicom+json',
  '*/*',
  'application/dicom+xml',
  'application/json',
  'text/html, */*;q=0.1',
  '',
];

/** The case of a seed, always the same. @param samples real files, which are changed like the generated ones */
export function storeCase(seed: number, samples: readonly Sample[] = []): StoreCase {
  const random = seededRandom(seed);
  const name = String(100_000_000 + seed);
  const files = Array.from({ length: 1 + random.below(4) }, () => randomFile(random, name, samples));
  const written = random.below(4) === 0;
  const { body, alone } = written ? metadataBody(random, name) : filesBody(random, files);
  const headers: Record<string, string> = { 'Content-Type': body.contentType, Accept: random.pick(ACCEPTS) };
  if (random.below(10) === 0) headers['Idempotency-Key'] = random.pick([name, `"${name}"`, 'k'.repeat(300), '"']);
  if (random.below(25) === 0) headers['Content-Type'] = random.pick(ODD_TYPES);
  if (random.below(40) === 0) headers['Content-Encoding'] = random.pick(['gzip', 'identity']);
  return {
    seed,
    path: pathOf(random, files),
    headers,
    body: body.bytes,
    pieces: piecesOf(random, body.bytes.length),
    files: written || !body.intact ? undefined : files.slice(0, alone ? 1 : undefined).map(({ bytes }) => bytes),
    written,
  };
}

const ODD_TYPES = [
  '',
  'multipart/related',
  'multipart/related; boundary=',
  'multipart/form-data; boundary=b',
  'text/plain',
  'multipart/related; type="application/dicom"; boundary="unended',
  `multipart/related; type="application/dicom"; boundary=${'z'.repeat(300)}`,
  'application/dicom',
  'application/dicom+json',
  'application/dicom+xml',
];

function filesBody(random: SeededRandom, files: readonly FuzzFile[]): { body: FuzzBody; alone: boolean } {
  if (random.below(8) === 0) {
    return { alone: true, body: { contentType: 'application/dicom', bytes: files[0]!.bytes, intact: true } };
  }
  const parts = files.map(({ bytes }) => ({
    type: random.below(12) === 0 ? random.pick(['image/jpeg', 'application/octet-stream', 'x']) : 'application/dicom',
    body: bytes,
  }));
  return { alone: false, body: randomMultipart(random, 'application/dicom', parts) };
}

function metadataBody(random: SeededRandom, name: string): { body: FuzzBody; alone: boolean } {
  const { type, parts } = metadataParts(random, name);
  if (random.below(8) === 0) return { alone: true, body: { contentType: type, bytes: parts[0]!.body, intact: true } };
  return { alone: false, body: randomMultipart(random, type, parts) };
}

function pathOf(random: SeededRandom, files: readonly FuzzFile[]): string {
  switch (random.below(12)) {
    case 0:
      return `/dicomweb/studies/${files[0]!.study}`;
    case 1:
      return `/dicomweb/studies/${random.pick(['1.2.3', 'not-a-uid', '%00', '..%2f..', '%E0%A4%A', "1' OR 1=1", '%22%3E'])}`;
    default:
      return random.pick(['/dicomweb/studies', '/dicomweb/studies', '/dicomweb/studies/', '/dicomweb/studies?x=%zz&y']);
  }
}

function piecesOf(random: SeededRandom, length: number): number[] {
  const largest = random.pick([0, 0, 7, 100, 5000]);
  if (largest === 0 || length / largest > 2000) return [];
  const sizes = [];
  for (let sent = 0; sent < length; sent += sizes.at(-1)!) sizes.push(1 + random.below(largest));
  return sizes;
}

/** The body as a stream of its pieces. */
export function bodyOf({ body, pieces }: StoreCase): BodyInit {
  if (pieces.length === 0) return body as unknown as BodyInit;
  const sizes = [...pieces];
  let at = 0;
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      const size = sizes.shift();
      if (size === undefined || at >= body.length) controller.close();
      else {
        controller.enqueue(body.slice(at, at + size));
        at += size;
      }
    },
  });
}
