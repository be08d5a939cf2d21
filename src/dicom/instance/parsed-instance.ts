import type { DataSetReader } from '../data-set/data-set-reader';
import { BULK_MARK } from '../data-set/data-set-results';
import { dataSetJson } from '../data-set/scope';
import type { FileMetaReader } from '../part10/file-meta';
import type { InstanceLayout } from '../pixels/pixel-layout';
import { actualTransferSyntax } from '../pixels/pixel-syntax';
import type { DicomWarning, WarningList } from '../warnings';
import type { Identity, IdentityReader } from './identity';
import { instanceLayout } from './instance-layout';

/** Everything that the archive keeps of an instance besides its bytes. */
export interface ParsedInstance {
  readonly transferSyntaxUID: string;
  readonly sopClassUID: string;
  readonly sopInstanceUID: string;
  readonly studyInstanceUID: string;
  readonly seriesInstanceUID: string;
  /** JSON text of each top-level attribute by its tag (eight upper-case hexadecimal digits); ascending. */
  readonly elements: ReadonlyMap<string, string>;
  /**
   * The data set as DICOM JSON text (PS3.18 annex F). Each BulkDataURI begins with a raw character U+0001, which is to
   * be replaced by the public base URL; until then the text is not valid JSON.
   */
  readonly json: string;
  readonly layout: InstanceLayout;
  /** The entries of the frames, when the pixel data is encapsulated and has more than one frame: see readFrameEntry. */
  readonly frameTable?: Uint8Array;
  readonly warnings: readonly DicomWarning[];
}

const TRANSFER_SYNTAX_UID = '00020010';

/** PS3.18 10.7.1.2: the transfer syntax in which the instance is stored, returned with its metadata. */
const AVAILABLE_TRANSFER_SYNTAX_UID = '00083002';

/**
 * Assembles the results of reading a file.
 *
 * @throws DicomError `missing-identity` or `truncated` when a UID is missing
 */
export function parsedInstance(
  meta: FileMetaReader,
  dataSet: DataSetReader,
  object: InstanceLayout['object'],
  identity: IdentityReader,
  warnings: WarningList,
): ParsedInstance {
  const { results, root } = dataSet;
  const transferSyntaxUID = actualTransferSyntax(results.pixels, meta.transferSyntaxUID!);
  if (transferSyntaxUID !== meta.transferSyntaxUID && !meta.guessed) warnings.add(TRANSFER_SYNTAX_UID, 'wrong-meta');
  const elements = identity.complete(new Map(root.entries()), meta);
  const uids = identity.required(dataSet.truncatedIn);
  const { layout, frameTable } = instanceLayout(results, elements, transferSyntaxUID, root.bigEndian);
  if (layout.bulk !== undefined || results.pixels.length > 0) completeBulkDataURIs(elements, uids);
  return {
    transferSyntaxUID,
    ...uids,
    elements,
    json: dataSetJson(withTransferSyntax(elements, transferSyntaxUID)),
    layout: { object, ...layout },
    ...(frameTable && { frameTable }),
    warnings: warnings.list,
  };
}

function completeBulkDataURIs(elements: Map<string, string>, uids: Required<Identity>): void {
  const { studyInstanceUID, seriesInstanceUID, sopInstanceUID } = uids;
  const prefix = `${BULK_MARK}/studies/${studyInstanceUID}/series/${seriesInstanceUID}/instances/${sopInstanceUID}/bulkdata/`;
  for (const [tag, text] of elements) {
    if (text.includes(BULK_MARK)) elements.set(tag, text.replaceAll(BULK_MARK, prefix));
  }
}

/** The attributes, with Available Transfer Syntax UID inserted in order unless the data set has one. */
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
