import type { DicomError } from '../../dicom/errors';
import type { ParsedInstance } from '../../dicom/instance/instance-reader';
import type { InstanceIdentity } from '../identities';
import type { Received } from './incoming/received';

/** A warning about an instance that was stored although something in it is not as the standard says. */
export type StoreWarning = ParsedInstance['warnings'][number];

/** The result of one part of a STOW request. */
export type StoreResult =
  | {
      /**
       * stored: the instance is visible from now on. identical: the same bytes were stored before, or the same data set
       * with other file meta information, and are not stored twice. kept: other bytes are stored under the same UIDs
       * and stay; these bytes are kept aside. aside: the sender cannot see the study, which is there; the sender is
       * told that the instance is stored.
       */
      readonly result: 'stored' | 'aside' | 'identical' | 'kept';
      readonly instance: InstanceIdentity & { readonly sopClassUID: string };
      readonly warnings: readonly StoreWarning[];
      /** SHA-256 of the file that is held, hexadecimal, where it has other file meta information. */
      readonly heldDigest?: string | undefined;
    }
  | {
      /**
       * conflict: other bytes are stored under the same UIDs and stay. study-mismatch: the instance does not belong to
       * the study that the request names. The code of a DicomError: the part could not be read or, for too-large, has
       * more than the archive can keep. storage: R2 or D1 failed; the part may be stored when the client sends it
       * again. refused: the part would be refused again. out-of-space: the archive's quota has no room for the instance.
       * not-authorized: the sender of an upload may no longer store.
       */
      readonly result:
        | 'conflict'
        | 'study-mismatch'
        | 'out-of-space'
        | 'not-authorized'
        | 'storage'
        | 'refused'
        | 'cut-short'
        | 'missing-bulk-data'
        | DicomError['code'];
      readonly instance: Received;
      /** The attribute that caused the result, eight hexadecimal digits. */
      readonly tag?: string | undefined;
    };

/** Why an instance that was read could not be kept. */
export type Unwritten = 'storage' | 'too-large' | 'refused';

/** Why an instance could not be read as a file. */
export type Unread = 'storage' | 'refused' | 'cut-short' | 'missing-bulk-data' | DicomError['code'];
