import { describe, expect, it } from 'vitest';
import { withSharedArchive } from '../../support/archive/with-archive';
import { found } from '../../support/clients/qido-client';
import { indexStudies } from '../../support/search/search-archive';
import { CT } from '../../support/search/search-samples';

/** By UID; each study is later than the one before it. */
const NAMES: readonly (readonly [uid: string, name: string])[] = [
  ['2.1', 'SMITH^JOHN'],
  ['2.2', 'Smith^Jane^Q'],
  ['2.3', 'SMITH'],
  ['2.4', 'Smythe^Jon'],
  ['2.5', 'JOHN^SMITH'],
  ['2.6', 'Smithers^Johnson'],
  ['2.7', 'Yamada^Tarou=山田^太郎=やまだ^たろう'],
  ['2.8', "O'Brien-Müller^Zoë"],
  ['2.9', 'Hong^Gildong=洪^吉洞=홍^길동'],
  ['2.10', 'Johnson^Ann'],
  ['2.11', 'Zeta^Anna^^Dr.'],
  ['2.12', 'Zeta^^Maria'],
  ['2.13', 'Zeta^^^Prof.^Jr'],
  ['2.14', '^Orphan'],
];

withSharedArchive(async () => {
  await indexStudies(
    NAMES.map(([uid, name], at) => ({
      uid,
      values: { '00080020': `202401${String(10 + at)}`, '00100010': name },
      series: [{ uid: `${uid}.1`, values: {}, instances: [{ uid: `${uid}.1.1`, sopClassUID: CT, number: 1 }] }],
    })),
  );
});

const named = (query: string) => found(`/studies?PatientName=${encodeURIComponent(query).replaceAll('%2A', '*')}`);
const alike = (query: string) => found(`/studies?fuzzymatching=true&PatientName=${encodeURIComponent(query)}`);

describe('PS3.4 C.2.2.2.1.1: names', () => {
  it.each<[query: string, uids: string[]]>([
    ['SMITH^J*', ['2.2', '2.1']],
    ['smith^*', ['2.3', '2.2', '2.1']],
    ['SMITH', ['2.3']],
    ['Smith^John^^^', ['2.1']],
    ['*^JOHN', ['2.1']],
    ['*Smith, J*', ['2.2', '2.1']],
    ['*mith^jo?n', ['2.1']],
    ['山田*', ['2.7']],
    ['*=山田^太郎', ['2.7']],
    ['=山田*', ['2.7']],
    ['yamada^tarou=山田^太郎', ['2.7']],
    ['*たろう', ['2.7']],
    ['홍^길동', ['2.9']],
    ["o'brien-muller^zoe", ['2.8']],
    ['O’BRIEN‐MÜLLER*', ['2.8']],
    ['*Muller*', ['2.8']],
    ['Yamada^Tarou=李*', []],
    // A component that is only * matches an empty one.
    ['Zeta^*^*^Dr.', ['2.11']],
    ['Zeta^Anna^*^Dr.', ['2.11']],
    ['*^*^*^Dr.', ['2.11']],
    ['*^Anna^*^Dr.^*', ['2.11']],
    ['Zeta^*^Maria', ['2.12']],
    ['Zeta^^*^Prof.*', ['2.13']],
    ['Zeta^*^*^Prof.^Jr', ['2.13']],
    ['*^Orphan', ['2.14']],
    ['Zeta^*^Dr.', ['2.11']],
    ['Zeta^*^r.', []],
    [`*^${'?'.repeat(60)}^*^Dr.`, []],
    [`Zeta^*^Anna^*^Dr.^${'*'.repeat(60)}`, ['2.11']],
  ])('%s', async (query, uids) => expect(await named(query)).toEqual(uids));
});

describe('PS3.18 8.3.4.2: names matched fuzzily, the most similar first', () => {
  it.each<[query: string, uids: string[]]>([
    // As written; both words in another order; words with the same beginning; words with a similar sound.
    ['John Smith', ['2.5', '2.1', '2.6', '2.4', '2.2']],
    ['SMITH^JON', ['2.5', '2.4', '2.2', '2.1']],
    ['Smyth', ['2.4', '2.5', '2.3', '2.2', '2.1']],
    ['smi jo', ['2.6', '2.5', '2.1']],
    ['*smith*', ['2.3', '2.5', '2.2', '2.1', '2.6', '2.4']],
    ['obrien', ['2.8']],
    ['太郎 山田', ['2.7']],
    ['ann johnson', ['2.10']],
    ['zzz', []],
  ])('%s', async (query, uids) => expect(await alike(query)).toEqual(uids));

  it('without it only the name as written is found', async () => {
    expect(await named('John Smith')).toEqual(['2.5']);
    expect(await named('Smyth')).toEqual([]);
  });
});
