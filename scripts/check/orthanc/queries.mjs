/**
 * @typedef {import('./client.mjs').OrthancClient} OrthancClient
 * @typedef {{ uri: string, query: Record<string, string>, uid: string }} Search uid: the tag of the level's UID
 */

const UID_OF = { studies: '0020000D', series: '0020000E', instances: '00080018' };

/**
 * Makes searches from the data itself, so that each finds something and most leave something out. They do not include
 * the cases in which Orthanc 1.10 differs from PS3.4 C.2.2.2: `?`; `^` beside a wildcard; case, except in names; and,
 * for attributes without a value, a single `*` and ranges without a beginning.
 * @param {Record<string, string>[]} studies an instance of each, its attributes by keyword
 * @returns {Search[]}
 */
export function searchesFor(studies) {
  const searches = [search('studies'), search('studies', { PatientID: '' }), search('series'), search('instances')];
  for (const study of spread(studies, 12)) {
    const { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID } = study;
    if (!StudyInstanceUID || !SeriesInstanceUID || !SOPInstanceUID) continue;
    const inStudy = `studies/${StudyInstanceUID}`;
    searches.push(
      search('studies', { StudyInstanceUID }),
      search('studies', { '0020000D': StudyInstanceUID, includefield: 'all' }),
      search(`${inStudy}/series`),
      search(`${inStudy}/instances`),
      search(`${inStudy}/series/${SeriesInstanceUID}/instances`, { SOPInstanceUID }),
      search('series', { SeriesInstanceUID }),
      search('instances', { SOPInstanceUID }),
    );
    const { PatientName, PatientID, StudyDate, Modality, AccessionNumber } = study;
    if (PatientID) searches.push(search('studies', { PatientID }));
    if (AccessionNumber) searches.push(search('studies', { AccessionNumber }));
    if (Modality) searches.push(search('studies', { ModalitiesInStudy: Modality }), search('series', { Modality }));
    if (/^\d{8}$/.test(StudyDate ?? '')) {
      searches.push(
        search('studies', { StudyDate: StudyDate ?? '' }),
        search('studies', { StudyDate: `${StudyDate}-` }),
        search('studies', { StudyDate: `${StudyDate?.slice(0, 4)}0101-${StudyDate?.slice(0, 4)}1231` }),
      );
    }
    const [, family] = /^([A-Za-z]{4,})/.exec(PatientName ?? '') ?? [];
    if (family !== undefined) {
      searches.push(
        search('studies', { PatientName: `${family.slice(0, 3)}*` }),
        search('studies', { PatientName: `*${family.slice(1, 4).toLowerCase()}*` }),
      );
    }
  }
  return searches;
}

/** @param {string} uri @param {Record<string, string>} [query] @returns {Search} */
function search(uri, query = {}) {
  const level = /** @type {keyof typeof UID_OF} */ (uri.split('/').at(-1));
  return { uri: `/${uri}`, query, uid: UID_OF[level] };
}

/** @template T @param {readonly T[]} items @param {number} count @returns {T[]} */
export function spread(items, count) {
  const step = Math.max(1, items.length / count);
  return Array.from({ length: Math.min(count, items.length) }, (_, at) => items[Math.floor(at * step)]).flatMap(
    (item) => (item === undefined ? [] : [item]),
  );
}

/**
 * Runs the same search in the archive, with Orthanc as its client, and in Orthanc's own index of the same files.
 * @param {OrthancClient} orthanc @param {string} server @param {Search} asked
 * @returns {Promise<{ found: string[], expected: string[], error?: string }>} UIDs
 */
export async function searchBoth(orthanc, server, { uri, query, uid }) {
  const answer = await orthanc.qido(server, uri, { limit: '1000', ...query });
  if (answer.status !== 200) return { found: [], expected: [], error: `${answer.status} ${answer.body}` };
  /** @type {Record<string, { Value?: string }>[]} */
  const rows = JSON.parse(answer.body.toString());
  const own = await orthanc.json(`/dicom-web${uri}?${encoded({ limit: '1000', ...query })}`);
  /** @type {Record<string, { Value?: string[] }>[]} */
  const ownRows = Array.isArray(own) ? own : [];
  return {
    found: rows.map((row) => row[uid]?.Value ?? '').sort(),
    expected: ownRows.map((row) => row[uid]?.Value?.[0] ?? '').sort(),
  };
}

/**
 * Orthanc reads a plus sign as a plus sign, but URLSearchParams writes one for a space.
 * @param {Record<string, string>} query
 */
export function encoded(query) {
  return Object.entries(query)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&');
}
