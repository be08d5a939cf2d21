import type { Received } from '../store/incoming/received';
import type { StoreResult, StoreWarning } from '../store/store-result';
import type { ZipErrorCode } from './zip/zip-error';

/**
 * Why a file has its result, where the result alone does not say it.
 *
 * - `not-dicom`, `dicomdir`, `nested-zip`: what a member of a ZIP archive is.
 * - `lost`: the bytes of the upload are not in the bucket any more.
 * - `failing`: the upload could not be stored in many attempts.
 * - `not-authorized`: the permission of its sender had ended before it was stored.
 */
export type ResultDetail =
  | ZipErrorCode
  | 'not-dicom'
  | 'dicomdir'
  | 'nested-zip'
  | 'lost'
  | 'failing'
  | 'not-authorized';

/** What became of one file of an upload: of the upload itself, or of a member of a ZIP archive. */
export interface UploadResult {
  /** Its place in the upload, from 0. */
  readonly ordinal: number;
  /** left-out: a member that is no instance. The others are those of a Store request. */
  readonly result: StoreResult['result'] | 'left-out';
  readonly instance: Received;
  /** The attribute that caused the result, eight hexadecimal digits. */
  readonly tag?: string | undefined;
  readonly warnings: readonly StoreWarning[];
  readonly detail?: ResultDetail | undefined;
  /** The name of the member, for people. It may hold values of patient attributes, so it is never logged. */
  readonly name?: string | undefined;
  /** SHA-256 of the file that is held, for an identical data set with other file meta information. */
  readonly heldDigest?: string | undefined;
}

/** A file that is being stored: written before the transaction that stores it, so that an interruption can be settled. */
export interface PendingResult extends Omit<UploadResult, 'result' | 'tag' | 'detail' | 'heldDigest'> {
  /** The version under which it is stored. */
  readonly version: string;
}

/** A pending file, and what the index says of its version now. */
export interface SettledResult extends PendingResult {
  /** Undefined: the transaction has not stored it. */
  readonly outcome?: 'stored' | 'kept' | 'aside' | undefined;
}

/** The result as a Store request would have it; undefined for a file that was left out. */
export function storeResultOf({ result, instance, tag, warnings, heldDigest }: UploadResult): StoreResult | undefined {
  switch (result) {
    case 'left-out':
      return undefined;
    case 'stored':
    case 'aside':
    case 'identical':
    case 'kept':
      return {
        result,
        instance: instance as Extract<StoreResult, { result: 'stored' }>['instance'],
        warnings,
        heldDigest,
      };
    default:
      return { result, instance, tag };
  }
}
