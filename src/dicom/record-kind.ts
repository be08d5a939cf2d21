import { documentTypeOfClass } from './encapsulated-document';
import { mediaTypeOf } from './transfer-syntaxes';

/** What a person would be shown of an instance. */
export type RecordKind = 'image' | 'video' | 'report' | 'document' | 'other';

/** SR documents and Key Object Selections (PS3.4 table B.5-1). */
const STRUCTURED_REPORTS = '1.2.840.10008.5.1.4.1.1.88.';

/**
 * Tells an instance's kind by its SOP class and the transfer syntax of its pixels.
 * @param hasPixels it has pixel data, of any of the three kinds (PS3.5 8.1.1)
 */
export function recordKind(sopClassUID: string, transferSyntaxUID: string, hasPixels: boolean): RecordKind {
  if (sopClassUID.startsWith(STRUCTURED_REPORTS)) return 'report';
  if (documentTypeOfClass(sopClassUID) !== undefined) return 'document';
  if (!hasPixels) return 'other';
  return mediaTypeOf(transferSyntaxUID).startsWith('video/') ? 'video' : 'image';
}
