/**
 * Reads a date that a user types: 2026-01-31, or as DICOM writes it, 20260131. A date that is not complete yet is none: it would
 * be completed while the user types on.
 * @param {string} text
 * @returns {string | undefined} as DICOM writes it; the empty text for an empty field, which limits nothing
 */
export function typedDate(text) {
  const typed = text.trim();
  if (typed === '') return '';
  const [, year, month, day] = /^(\d{4})(?:-(?=\d\d-)|(?=\d{4}$))(\d\d)-?(\d\d)$/.exec(typed) ?? [];
  if (year === undefined || month === undefined || day === undefined) return undefined;
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  const isInCalendar = date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
  return isInCalendar ? `${year}${month}${day}` : undefined;
}
