/** @typedef {import('./archive.mjs').Database} Database */

/** The fields of the words of names and of modalities: src/storage/search/search-terms.ts. */
const TERMS = [14, 21];

/** The searches for which the copies have all that is read. */
export const OF_COPIES = [
  'study list',
  'its second page',
  'modality CT',
  'no such modality',
  'dates, this year',
  'dates, old',
  'row of the list: series',
  'study opened',
  'two studies opened',
  'study ID',
  'ordered by name',
  'all series',
];

/**
 * Copies all studies that the database has, with their series and some of their terms, so that it has `times` as many. A
 * million studies with all terms and instances would be more than a database holds.
 * @param {Database} database
 * @param {number} times
 */
export async function copyStudies(database, times) {
  /** @param {string} sql */
  const run = async (sql) => (await database.batch([database.prepare(sql)]))[0]?.results ?? [];
  for (const { name } of await run("SELECT name FROM sqlite_schema WHERE type = 'trigger'"))
    await run(`DROP TRIGGER ${name}`);
  const [last] = await run('SELECT (SELECT max(id) FROM study) AS study, (SELECT max(id) FROM series) AS series');
  const [study, series] = [Number(last?.study), Number(last?.series)];
  const columns = Object.fromEntries(
    await Promise.all(
      ['study', 'series'].map(async (table) => [
        table,
        (await run(`SELECT name FROM pragma_table_info('${table}')`)).map(({ name }) => String(name)),
      ]),
    ),
  );
  for (let copy = 1; copy < times; copy += 1) {
    /** @param {string} column */
    const copied = (column) => {
      if (column === 'study_id') return `study_id + ${copy * study}`;
      return /^(study|series)_instance_uid$/.test(column) ? `${column} || '.${copy}'` : column;
    };
    for (const [table, by] of /** @type {const} */ ([
      ['study', study],
      ['series', series],
    ])) {
      const values = columns[table].map((/** @type {string} */ column) => {
        if (column === 'id') return `id + ${copy * by}`;
        return table === 'study' && column === 'study_id' ? column : copied(column);
      });
      await run(`INSERT INTO ${table} (${columns[table]}) SELECT ${values} FROM ${table} WHERE id <= ${by}`);
    }
    await run(`INSERT INTO study_term (field, term, date_block, study_id)
      SELECT field, term, date_block, study_id + ${copy * study} FROM study_term WHERE field IN (${TERMS}) AND study_id <= ${study}`);
  }
  await run('UPDATE archive_total SET study = (SELECT count(*) FROM study), series = (SELECT count(*) FROM series)');
  await run('PRAGMA optimize');
}
