/** PS3.5 chapter 10. */
export const TransferSyntax = /** @type {const} */ ({
  ImplicitVRLittleEndian: '1.2.840.10008.1.2',
  ExplicitVRLittleEndian: '1.2.840.10008.1.2.1',
  DeflatedExplicitVRLittleEndian: '1.2.840.10008.1.2.1.99',
  ExplicitVRBigEndian: '1.2.840.10008.1.2.2',
});

/**
 * The first one of explicit and implicit VR little endian that is proposed: for data sets that the gateway reads or
 * writes itself.
 * @param {readonly string[]} proposed
 */
export function chooseUncompressed(proposed) {
  const { ExplicitVRLittleEndian, ImplicitVRLittleEndian } = TransferSyntax;
  return [ExplicitVRLittleEndian, ImplicitVRLittleEndian].find((syntax) => proposed.includes(syntax));
}
