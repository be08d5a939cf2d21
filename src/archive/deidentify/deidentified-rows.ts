import type { Deidentification } from '../../dicom/deidentify/deidentification';
import { deidentify } from '../../dicom/deidentify/deidentify';
import { identifyingPixels } from '../../dicom/deidentify/identifying-pixels';
import { type PixelClearing, pixelClearing } from '../../dicom/deidentify/pixel-clearing';
import { EXPLICIT_LITTLE_ENDIAN, transferSyntaxOf } from '../../dicom/dictionary/transfer-syntaxes';
import type { DicomJson } from '../../dicom/json/json-model';
import type { BulkRange, InstanceLayout } from '../../dicom/pixels/pixel-layout';
import { encapsulatedDocument } from '../../dicom/reports/encapsulated-document';
import { metadataInBatches } from '../metadata/metadata-batches';
import type { Archive } from '../ports';
import { isPixelData } from '../retrieve/bulk-data';
import type { InstanceRow } from '../rows';

/** Instances that are kept at most. */
const MOST_KEPT = 4000;

/** Instances whose metadata is read together. */
const TOGETHER = 1000;

/** Bytes of memory that an instance takes, roughly: two rows and a verdict. */
const BYTES_PER_ROW = 4000;

/** What the attributes of an instance say about serving it. */
interface Verdict {
  /** The version under which the instance is seen. */
  readonly version: string;
  /** Why the instance is not served. */
  readonly withheld: string | undefined;
  /** The paths of the values outside the metadata that are served; undefined: only pixel data. */
  readonly bulk: ReadonlySet<string> | undefined;
  readonly cleared: PixelClearing;
}

/** Rows as they are seen, and why some of them are not. */
export interface SeenRows {
  readonly rows: readonly InstanceRow[];
  /** The reason for the first row that is withheld. */
  readonly withheld?: string;
}

/**
 * The rows of instances as they are seen through a de-identification: with other UIDs, another version, which makes every
 * entity tag and every key in a cache another one, and only those values outside the metadata that a de-identified data
 * set still names. Whether an instance may be served is read from its metadata once and kept.
 */
export class DeidentifiedRows {
  readonly #verdicts = new Map<string, Verdict>();
  /** The rows by the versions under which they are seen. */
  readonly #originals = new Map<string, { readonly original: InstanceRow; readonly seen: InstanceRow }>();

  constructor(
    private readonly archive: Archive,
    private readonly by: Deidentification,
  ) {}

  /** The row of the archive behind, and the row as it is seen; undefined for a version that has not been seen. */
  stored(version: string): { readonly original: InstanceRow; readonly seen: InstanceRow } | undefined {
    return this.#originals.get(version);
  }

  async seen(rows: readonly InstanceRow[]): Promise<SeenRows> {
    const seen: InstanceRow[] = [];
    let withheld: string | undefined;
    for (let from = 0; from < rows.length; from += TOGETHER) {
      const some = rows.slice(from, from + TOGETHER);
      const verdicts = await this.#judged(some);
      for (const row of some) {
        const verdict = verdicts.get(row.version);
        if (verdict === undefined) continue;
        if (verdict.withheld === undefined) seen.push(await this.#row(row, verdict));
        else withheld ??= verdict.withheld;
      }
    }
    return { rows: seen, ...(withheld !== undefined && { withheld }) };
  }

  /** Bytes of memory that the rows take, roughly. */
  get bytes(): number {
    return (this.#verdicts.size + this.#originals.size) * (BYTES_PER_ROW / 2);
  }

  /** The verdicts on rows, those that are not known yet from their metadata. */
  async #judged(rows: readonly InstanceRow[]): Promise<ReadonlyMap<string, Verdict>> {
    const verdicts = new Map<string, Verdict>();
    for (const { version } of rows) {
      const known = this.#verdicts.get(version);
      if (known !== undefined) verdicts.set(version, known);
    }
    for await (const [version, verdict] of this.#judge(rows.filter(({ version }) => !verdicts.has(version)))) {
      verdicts.set(version, verdict);
      keep(this.#verdicts, version, verdict);
    }
    return verdicts;
  }

  async *#judge(rows: readonly InstanceRow[]): AsyncGenerator<readonly [version: string, verdict: Verdict]> {
    let at = 0;
    for await (const dataSets of metadataInBatches(this.archive, rows, '')) {
      for (const dataSet of dataSets) {
        const row = rows[at++]!;
        if (dataSet !== undefined) yield [row.version, await this.#verdict(row, dataSet)];
      }
    }
  }

  async #verdict(row: InstanceRow, dataSet: DicomJson): Promise<Verdict> {
    const why = identifyingPixels(dataSet);
    // No option allows a document: the profile replaces it (table E.1-1, Encapsulated Document).
    const allowed = this.by.options.allowIdentifyingPixels && encapsulatedDocument(dataSet) === undefined;
    const cleared = clearingOf(row, dataSet);
    // An administrator who allows identifying pixels has not seen the data beside the image, so the option does not
    // cover it.
    const withheld = (allowed ? undefined : why) ?? (typeof cleared === 'string' ? cleared : undefined);
    const others = row.layout.bulk?.some((range) => !isPixelData(range)) ?? false;
    const bulk = others ? new Set(bulkPaths(await deidentify(dataSet, this.by))) : undefined;
    return {
      version: await this.by.tag(row.version),
      withheld,
      bulk,
      cleared: typeof cleared === 'string' ? {} : cleared,
    };
  }

  async #row(original: InstanceRow, { version, bulk, cleared }: Verdict): Promise<InstanceRow> {
    const { copyLength, ...kept } = withFramesOnly(original.layout);
    // The copy of a frame has the unused bits too.
    const layout = { ...kept, ...(copyLength !== undefined && { copyLength: cleared.bits ? 0 : copyLength }) };
    const seen: InstanceRow = {
      ...original,
      studyInstanceUID: await this.by.uid(original.studyInstanceUID),
      seriesInstanceUID: await this.by.uid(original.seriesInstanceUID),
      sopInstanceUID: await this.by.uid(original.sopInstanceUID),
      version,
      transferSyntaxUID: syntaxSeen(original.transferSyntaxUID),
      // Those of the stored file would confirm a guess of it.
      digest: version,
      byteLength: 0,
      crc32: 0,
      cleared,
      layout: {
        ...layout,
        ...(layout.bulk && { bulk: layout.bulk.filter((range) => isPixelData(range) || bulk?.has(range[0])) }),
      },
    };
    keep(this.#originals, version, { original, seen });
    return seen;
  }
}

/** How the pixel data is cleared; a sentence when it cannot be. */
export function clearingOf({ layout, transferSyntaxUID }: InstanceRow, dataSet: DicomJson): PixelClearing | string {
  const has = layout.pixels !== undefined || layout.bulk?.some(isPixelData);
  return has ? pixelClearing(dataSet, transferSyntaxUID) : {};
}

/** Behind the last frame of uncompressed pixels there may be anything: only the frames are served, and their padding. */
function withFramesOnly(layout: InstanceLayout): InstanceLayout {
  const { pixels, bulk } = layout;
  if (pixels?.kind !== 'native') return layout;
  const needed = 2 * Math.ceil((pixels.frames * pixels.bitsPerFrame) / 16);
  if (pixels.length <= needed) return layout;
  const others = bulk?.map((range): BulkRange => {
    const [path, offset, length, word] = range;
    return isPixelData(range) ? [path, offset, Math.min(length, needed), word] : range;
  });
  return { ...layout, pixels: { ...pixels, length: needed }, ...(others && { bulk: others }) };
}

/** Keeps a value as the newest, and drops the oldest values. */
function keep<Value>(kept: Map<string, Value>, key: string, value: Value): void {
  kept.delete(key);
  kept.set(key, value);
  const [oldest] = kept.keys();
  if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest);
}

/**
 * The transfer syntax in which a file is written again. Frames and values are served in little-endian byte order anyway,
 * so all native transfer syntaxes become Explicit VR Little Endian, the deflated and the big-endian one too.
 */
export function syntaxSeen(uid: string): string {
  return transferSyntaxOf(uid)?.encapsulated === false ? EXPLICIT_LITTLE_ENDIAN : uid;
}

const BULK = '/bulkdata/';

function* bulkPaths(dataSet: DicomJson): Generator<string> {
  for (const { vr, Value, BulkDataURI } of Object.values(dataSet)) {
    if (BulkDataURI !== undefined) yield BulkDataURI.slice(BulkDataURI.indexOf(BULK) + BULK.length);
    if (vr !== 'SQ') continue;
    for (const item of Value ?? []) if (item !== null) yield* bulkPaths(item as DicomJson);
  }
}
