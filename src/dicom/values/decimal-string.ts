/** PS3.5 table 6.2-1: the maximum length of a DS value. */
const MAX_BYTES = 16;

/**
 * A number as a value of DS. Digits are dropped only when 16 characters cannot hold them, and then as few as possible.
 *
 * @param value finite
 */
export function decimalString(value: number): string {
  if (Object.is(value, -0)) return '-0';
  for (let digits = 17; digits > 1; digits--) {
    const rounded = digits === 17 ? value : Number(value.toPrecision(digits));
    // Rounding the largest numbers can give infinity.
    if (!Number.isFinite(rounded)) continue;
    const plain = String(rounded).replace('e+', 'e');
    if (plain.length <= MAX_BYTES) return plain;
    // String() writes small numbers with leading zeros; the exponential form is shorter.
    const exponential = rounded.toExponential().replace('e+', 'e');
    if (exponential.length <= MAX_BYTES) return exponential;
  }
  return value.toExponential(0).replace('e+', 'e');
}
