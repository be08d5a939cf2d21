import type { ByteWindow } from './byte-window';
import { explicitForm, IMPLICIT, lengthOf, readUint16 } from './header-form';

/** The longest value of a command element is a list of attribute tags or a comment; bytes. */
const LONGEST = 65_536;

/**
 * The command set of a message (PS3.7 6.3) that a writer left before the data set. It is no part of a data set, so it
 * is stepped over. Its elements have no VR and are little endian, whatever the data set is (PS3.7 6.3.1).
 */
export class CommandSet {
  #last = -1;

  /**
   * Bytes of the command element at the start of the window; 0 when none begins there. Elements ascend: zeros are no command set.
   *
   * @param window at least eight of its bytes must be readable
   */
  elementLength({ bytes, at }: ByteWindow): number {
    const element = readUint16(bytes, at + 2, false);
    if (readUint16(bytes, at, false) !== 0 || element <= this.#last) return 0;
    const form = explicitForm(bytes, at) ?? IMPLICIT;
    // No command element has a VR with a long header.
    const length = form.size === 8 ? lengthOf(form, bytes, at, false) : LONGEST + 1;
    if (length > LONGEST) return 0;
    this.#last = element;
    return form.size + length;
  }
}
