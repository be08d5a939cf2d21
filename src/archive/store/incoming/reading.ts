import { DicomError } from '../../../dicom/errors';
import { logFailure } from '../../../log';

/**
 * An unforeseen error in reading a file would occur again. So it counts as an error of the file, and not as a temporary
 * failure of storage.
 */
export function reading<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof DicomError) throw error;
    logFailure('reader-failed', error);
    throw new DicomError('malformed', 'the file cannot be read');
  }
}
