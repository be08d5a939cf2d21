/**
 * The query of the study list's last page, for an address that names a page after it: of an old bookmark, or because studies were deleted.
 * @param {string} search the query of the page's address
 * @param {{ offset?: number, limit?: number }} parameters of the search that found nothing
 * @param {number} total of studies that match
 * @returns {string | undefined} undefined: no other page has more
 */
export function lastPage(search, { offset = 0, limit = 1 }, total) {
  if (offset === 0 || !(total > 0)) return undefined;
  const query = new URLSearchParams(search);
  for (const name of [...query.keys()]) if (name.toLowerCase() === 'pagenumber') query.delete(name);
  query.set('pageNumber', String(Math.ceil(total / limit)));
  return `?${query}`;
}
