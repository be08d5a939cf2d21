/**
 * What can be wrong with a ZIP archive, or with one member of it.
 *
 * - `no-directory`: the bytes end without a central directory: the archive is cut short.
 * - `split`: the archive is one of several volumes.
 * - `malformed`: a record is not as it must be.
 * - `too-many-members`: the archive has more members than are read.
 * - `encrypted`, `unknown-method`: the member cannot be read.
 * - `checksum`: the CRC-32 or the length of the member is not as the archive says.
 * - `bomb`: the member, or all members together, would become far too long.
 */
export type ZipErrorCode =
  | 'no-directory'
  | 'split'
  | 'malformed'
  | 'too-many-members'
  | 'encrypted'
  | 'unknown-method'
  | 'checksum'
  | 'bomb';

/** An error in a ZIP archive. It names no member, because names may hold values of patient attributes. */
export class ZipError extends Error {
  override readonly name = 'ZipError';

  constructor(readonly code: ZipErrorCode) {
    super(code);
  }
}
