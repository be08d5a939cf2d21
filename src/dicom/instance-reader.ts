import { ByteWindow } from './byte-window';
import { DataSetReader } from './data-set-reader';
import { BULK_MARK, type PixelValue } from './data-set-results';
import { tagText } from './dictionary';
import { DicomError } from './errors';
import { FileMetaReader } from './file-meta';
import { bareCodeStream, encapsulatedPixels, type ImagePixels, nativePixels } from './image-pixels';
import { Inflater } from './inflater';
import type { DicomJsonAttribute } from './json-model';
import type { BulkRange, InstanceLayout } from './pixel-layout';
import { DEFAULT_LIMITS, type ReaderLimits } from './reader-limits';
import { dataSetJson } from './scope';
import { transferSyntaxOf } from './transfer-syntaxes';
import { type DicomWarning, WarningList } from './warnings';

export type { ReaderLimits } from './reader-limits';
export type { DicomWarning, WarningReason } from './warnings';

/** The UIDs that an instance is filed under, as far as they have been read. */
export interface Identity {
  studyInstanceUID?: string;
  seriesInstanceUID?: string;
  sopInstanceUID?: string;
  sopClassUID?: string;
}

/** All that the archive keeps of an instance beside its bytes. */
export interface ParsedInstance {
  readonly transferSyntaxUID: string;
  readonly sopClassUID: string;
  readonly sopInstanceUID: string;
  readonly studyInstanceUID: string;
  readonly seriesInstanceUID: string;
  /** Top-level tag (eight upper-case hexadecimal digits) to the JSON text of its attribute; ascending. */
  readonly elements: ReadonlyMap<string, string>;
  /**
   * The data set as DICOM JSON text (PS3.18 annex F). Each BulkDataURI begins with a raw character U+0001, to be
   * replaced by the public base URL; before that the text is no valid JSON.
   */
  readonly json: string;
  readonly layout: InstanceLayout;
  /** Entries of the frames, when encapsulated and more than one: see readFrameEntry. */
  readonly frameTable?: Uint8Array;
  readonly warnings: readonly DicomWarning[];
}

/** Attributes that identify an instance, in the order their absence is reported. */
const IDENTIFIERS: readonly (readonly [tag: string, key: keyof Identity])[] = [
  ['00080016', 'sopClassUID'],
  ['00080018', 'sopInstanceUID'],
  ['0020000D', 'studyInstanceUID'],
  ['0020000E', 'seriesInstanceUID'],
];
const IDENTIFIER_BY_TAG = new Map(IDENTIFIERS.map(([tag, key]) => [Number.parseInt(tag, 16), key]));

/** PS3.18 10.7.1.2: the transfer syntax the instance is stored in, told with its metadata. */
const AVAILABLE_TRANSFER_SYNTAX_UID = '00083002';

/** Encapsulation by MIME (PS3.6 annex A, retired) and XML, and the real-time streams of PS3.22: not files of PS3.10. */
const NOT_DATA_SETS = /^1\.2\.840\.10008\.1\.2\.(?:6|7)(?:\.|$)/;

/** The better known comes first when an instance has several. */
const PIXEL_TAGS = [0x7fe00010, 0x7fe00008, 0x7fe00009];

/**
 * Reads a DICOM file (PS3.10) as it passes, in pieces of any size, and keeps of it what metadata, search and the
 * retrieval of frames and bulk data need. Memory does not grow with pixel data.
 */
export class InstanceReader {
  readonly #limits: ReaderLimits;
  readonly #window = new ByteWindow();
  readonly #meta = new FileMetaReader();
  readonly #warnings = new WarningList();
  readonly #identity: Identity = {};
  #dataSet: DataSetReader | undefined;
  #inflater: Inflater | undefined;
  #inflatedWindow: ByteWindow | undefined;
  #inflated: Uint8Array[] = [];
  #failure: DicomError | undefined;

  constructor(limits: Partial<ReaderLimits> = {}) {
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
  }

  /** Whether the data set is deflated (PS3.5 A.5); known once the file meta information has been read. */
  get deflated(): boolean {
    return this.#inflater !== undefined;
  }

  /** Known once the file meta information has been read. */
  get transferSyntaxUID(): string | undefined {
    return this.#dataSet === undefined ? undefined : this.#meta.transferSyntaxUID;
  }

  /** What is known so far. Each UID can stand in a path. */
  get identity(): Identity {
    return this.#identity;
  }

  /**
   * Takes the next bytes of the file. Nothing refers to `chunk` afterwards.
   *
   * @throws DicomError as soon as the file is known to be unusable
   */
  push(chunk: Uint8Array): void {
    this.#guard(() => {
      this.#window.feed(chunk);
      this.#read();
      this.#window.release();
    });
  }

  /**
   * Takes the bytes of a deflated data set that were inflated since the last call. A caller that pushes at most 4 KiB and
   * then calls this holds at most 4 MiB of them, whatever the file claims.
   */
  takeInflated(): Uint8Array[] {
    const inflated = this.#inflated;
    this.#inflated = [];
    return inflated;
  }

  /**
   * The file is complete.
   *
   * @throws DicomError `missing-identity` when a UID is missing, `truncated` when it may have stood after the end
   */
  end(): ParsedInstance {
    return this.#guard(() => {
      if (this.#dataSet === undefined) {
        this.#meta.finish(this.#window);
        this.#begin();
      }
      this.#inflater?.finish();
      this.#dataSet!.finish();
      return this.#result(this.#dataSet!);
    });
  }

  #guard<T>(action: () => T): T {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      return action();
    } catch (error) {
      if (error instanceof DicomError) this.#failure = error;
      throw error;
    }
  }

  #read(): void {
    if (this.#dataSet === undefined) {
      if (!this.#meta.read(this.#window)) return;
      this.#begin();
    }
    if (this.#inflater === undefined) {
      this.#dataSet!.read();
      return;
    }
    const bytes = this.#window.takeRest();
    for (const piece of this.#inflater.push(bytes)) {
      this.#inflated.push(piece);
      this.#inflatedWindow!.feed(piece);
      this.#dataSet!.read();
      this.#inflatedWindow!.release();
    }
  }

  /** The file meta information is complete: chooses how to read the data set. */
  #begin(): void {
    const uid = this.#meta.transferSyntaxUID!;
    if (NOT_DATA_SETS.test(uid)) {
      throw new DicomError('unsupported-transfer-syntax', 'the transfer syntax encodes no data set', '00020010');
    }
    const syntax = transferSyntaxOf(uid);
    let window = this.#window;
    if (syntax?.deflated) {
      this.#inflater = new Inflater(this.#limits.maxInflatedBytes);
      this.#inflatedWindow = new ByteWindow();
      window = this.#inflatedWindow;
    }
    // An unknown one is taken for explicit VR little endian, as all but the two oldest are.
    const encoding = { implicit: syntax?.implicit ?? false, bigEndian: syntax?.bigEndian ?? false };
    this.#dataSet = new DataSetReader(window, encoding, this.#limits, this.#warnings, (tag, text) =>
      this.#identify(tag, text),
    );
  }

  #identify(tag: number, text: string): void {
    const key = IDENTIFIER_BY_TAG.get(tag);
    if (key === undefined) return;
    const values = (JSON.parse(text) as DicomJsonAttribute).Value;
    if (values !== undefined) this.#identity[key] = this.#checked(values.join('\\'), tagText(tag));
  }

  /** A UID that can stand in a path; what is no UID by PS3.5 9.1 is let through with a warning. */
  #checked(uid: string, tag: string): string {
    if (!/^[0-9A-Za-z._-]{1,64}$/.test(uid) || uid === '.' || uid === '..') {
      throw new DicomError('malformed', 'a unique identifier has characters or a length that cannot be used', tag);
    }
    if (!/^(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*))*$/.test(uid)) this.#warnings.add(tag, 'invalid-uid');
    return uid;
  }

  #result(dataSet: DataSetReader): ParsedInstance {
    const elements = this.#completed(new Map(dataSet.root.entries()));
    const { studyInstanceUID, seriesInstanceUID, sopInstanceUID, sopClassUID } = this.#identity as Required<Identity>;
    for (const [tag, key] of IDENTIFIERS) {
      if (this.#identity[key] === undefined) {
        const cut = dataSet.truncatedIn;
        if (cut !== undefined) throw new DicomError('truncated', 'the file ends inside a data element', tagText(cut));
        throw new DicomError('missing-identity', 'the instance lacks an identifying attribute', tag);
      }
    }
    const transferSyntaxUID = this.#meta.transferSyntaxUID!;
    const { pixels, frameTable, bulk } = this.#pixels(dataSet, elements);

    const prefix = `${BULK_MARK}/studies/${studyInstanceUID}/series/${seriesInstanceUID}/instances/${sopInstanceUID}/bulkdata/`;
    if (bulk.length > 0 || dataSet.results.pixels.length > 0) {
      for (const [tag, text] of elements) {
        if (text.includes(BULK_MARK)) elements.set(tag, text.replaceAll(BULK_MARK, prefix));
      }
    }
    return {
      transferSyntaxUID,
      sopClassUID,
      sopInstanceUID,
      studyInstanceUID,
      seriesInstanceUID,
      elements,
      json: dataSetJson(withTransferSyntax(elements, transferSyntaxUID)),
      layout: {
        object: this.deflated ? 'inflated' : 'dcm',
        ...(pixels && { pixels }),
        ...(bulk.length > 0 && { bulk }),
      },
      ...(frameTable && { frameTable }),
      warnings: this.#warnings.list,
    };
  }

  /** PS3.10 table 7.1-1 repeats SOP class and instance: better than nothing when the data set lacks them. */
  #completed(elements: Map<string, string>): Map<string, string> {
    let completed = elements;
    for (const [tag, key] of IDENTIFIERS.slice(0, 2)) {
      const uid = key === 'sopClassUID' ? this.#meta.sopClassUID : this.#meta.sopInstanceUID;
      if (this.#identity[key] !== undefined || !uid) continue;
      this.#identity[key] = this.#checked(uid, tag);
      this.#warnings.add(tag, 'identity-from-meta');
      completed.set(tag, JSON.stringify({ vr: 'UI', Value: [uid] }));
      completed = new Map([...completed].sort(([a], [b]) => (a < b ? -1 : 1)));
    }
    return completed;
  }

  #pixels(
    dataSet: DataSetReader,
    elements: ReadonlyMap<string, string>,
  ): Pick<ImagePixels, 'pixels' | 'frameTable'> & { bulk: BulkRange[] } {
    const bulk = dataSet.results.bulk;
    let result: ImagePixels | undefined;
    for (const tag of PIXEL_TAGS) {
      const pixel = dataSet.results.pixels.find((each) => each.tag === tag);
      if (pixel === undefined || (pixel.length === 0 && pixel.fragments === undefined)) continue;
      const chosen = result?.pixels === undefined;
      const described = this.#describe(pixel, dataSet, elements);
      if (chosen) {
        result = described;
        if (described.short) this.#warnings.add(tagText(tag), 'short-pixel-data');
        if (described.undescribed) this.#warnings.add(tagText(tag), 'image-attributes');
      }
      // Its BulkDataURI must lead somewhere when no frames do.
      if (pixel.fragments && !(chosen && described.pixels)) bulk.push([tagText(tag), pixel.offset, pixel.length, 1]);
      const range = bulk.findIndex(([path]) => path === tagText(tag));
      if (described.pixels?.kind === 'native' && range >= 0) {
        bulk[range] = [tagText(tag), pixel.offset, pixel.length, described.pixels.word];
      }
    }
    return {
      ...(result?.pixels && { pixels: result.pixels }),
      ...(result?.frameTable && { frameTable: result.frameTable }),
      bulk,
    };
  }

  #describe(pixel: PixelValue, dataSet: DataSetReader, elements: ReadonlyMap<string, string>): ImagePixels {
    const syntax = transferSyntaxOf(this.#meta.transferSyntaxUID!);
    const value = (tag: string): string | number | undefined => firstValue(elements.get(tag));
    if (pixel.fragments !== undefined) return encapsulatedPixels(pixel, syntax, value);
    if (syntax?.encapsulated) return bareCodeStream(pixel, value);
    return nativePixels(pixel, dataSet.root.bigEndian, value);
  }
}

function firstValue(text: string | undefined): string | number | undefined {
  if (text === undefined || text.includes(BULK_MARK)) return undefined;
  const value = (JSON.parse(text) as DicomJsonAttribute).Value?.[0];
  return typeof value === 'string' || typeof value === 'number' ? value : undefined;
}

/** The attributes with Available Transfer Syntax UID in its place, unless the data set has one. */
function* withTransferSyntax(elements: ReadonlyMap<string, string>, uid: string): Generator<readonly [string, string]> {
  let due = !elements.has(AVAILABLE_TRANSFER_SYNTAX_UID);
  const attribute = [AVAILABLE_TRANSFER_SYNTAX_UID, `{"vr":"UI","Value":["${uid}"]}`] as const;
  for (const entry of elements) {
    if (due && entry[0] > AVAILABLE_TRANSFER_SYNTAX_UID) {
      yield attribute;
      due = false;
    }
    yield entry;
  }
  if (due) yield attribute;
}
