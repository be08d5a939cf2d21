import { CommandField, Status } from '../association/command-set.mjs';
import { chooseUncompressed } from '../dicom/transfer-syntaxes.mjs';

/** The Verification SOP Class: PS3.4 A.4. */
export const VERIFICATION = '1.2.840.10008.1.1';

/**
 * C-ECHO: PS3.4 annex A.
 * @type {import('../association/negotiate.mjs').Service}
 */
export const verification = {
  provides: (abstractSyntax) => abstractSyntax === VERIFICATION,
  chooseTransferSyntax: chooseUncompressed,
  handlers: { [CommandField.C_ECHO_RQ]: async () => ({ Status: Status.Success }) },
};
