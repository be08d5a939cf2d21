import { describe, expect, it } from 'vitest';
import type { InstanceIdentity } from '../../../../src/archive/identities';
import type { Archive, PagingMarks, RowMark } from '../../../../src/archive/ports';
import type { SearchRow } from '../../../../src/archive/rows';
import { type Asking, search } from '../../../../src/archive/search/search';
import { SearchCache } from '../../../../src/archive/search/search-cache';
import { searchKey } from '../../../../src/archive/search/search-keys';
import type { SearchQuery, SearchRequest } from '../../../../src/archive/search/search-query';
import type { DicomJson } from '../../../../src/dicom/json/json-model';
import { textsOf } from '../../../../src/dicom/json/json-text';

const ROWS: readonly SearchRow[] = ['1.4.1', '1.4.2', '1.4.3'].map((sopInstanceUID) => ({
  studyInstanceUID: '1.2',
  seriesInstanceUID: '1.3',
  sopInstanceUID,
  instance: textsOf({ '00200013': { vr: 'IS', Value: [1] } }),
}));

/** An archive whose index holds these rows and records the queries it gets. */
function archive(asked: SearchQuery[] = []): Archive {
  const index = {
    async search(query: SearchQuery) {
      asked.push(query);
      return { rows: ROWS.slice(0, query.limit), newestRow: 3 };
    },
  };
  return { name: 'an archive', index, marks: marks() } as unknown as Archive;
}

function marks(): PagingMarks & { kept: Map<string, RowMark> } {
  const kept = new Map<string, RowMark>();
  return {
    kept,
    remember: async (key, newestRow) => void kept.set(key, newestRow),
    recall: async (key) => kept.get(key),
    forgetBefore: async () => kept.clear(),
  };
}

/** The results of a search by one client. */
async function results(
  of: Archive,
  asked: SearchRequest,
  read: (instances: readonly InstanceIdentity[]) => Promise<readonly (DicomJson | undefined)[]> = refuse,
  asker = 'somebody',
) {
  const asking: Asking = {
    baseURI: 'https://a',
    asker,
    now: 0,
    count: false,
    caseSensitive: false,
    kept: new SearchCache(),
    instanceMetadata: async function* (instances) {
      yield await read(instances);
    },
  };
  const found = await search(of, asked, asking);
  const sets: DicomJson[] = [];
  for await (const some of 'length' in found.results ? [found.results] : found.results) {
    sets.push(...some.map((text): DicomJson => JSON.parse(text)));
  }
  return { ...found, results: sets };
}

const refuse = async (): Promise<never> => Promise.reject(new Error('asked'));

function request(tags: string[], options: Partial<SearchRequest> = {}): SearchRequest {
  const include = { all: tags.includes('all'), tags: tags.filter((tag) => tag !== 'all') };
  return {
    level: 'instance',
    matches: [],
    fuzzyMatching: false,
    orderBy: [],
    limit: 2,
    offset: 0,
    include,
    ...options,
  };
}

describe('attributes that the index does not keep', () => {
  const metadata = async (instances: readonly InstanceIdentity[]): Promise<(DicomJson | undefined)[]> =>
    instances.map(({ sopInstanceUID }) =>
      sopInstanceUID === '1.4.1'
        ? { '00080008': { vr: 'CS', Value: ['ORIGINAL'] }, '00280030': { vr: 'DS', Value: [1, 1] } }
        : undefined,
    );

  it('come from the metadata of the instances of the page, in one request', async () => {
    const asked: (readonly InstanceIdentity[])[] = [];
    const { results: sets, more } = await results(archive(), request(['00080008']), async (instances) => {
      asked.push(instances);
      return await metadata(instances);
    });
    expect(asked).toHaveLength(1);
    expect(asked[0]!.map(({ sopInstanceUID }) => sopInstanceUID)).toEqual(['1.4.1', '1.4.2']);
    expect(more).toBe(true);
    expect(sets[0]!['00080008']).toEqual({ vr: 'CS', Value: ['ORIGINAL'] });
    expect(sets[0]!['00280030']).toBeUndefined();
    expect(sets[1]!['00080008']).toEqual({ vr: 'CS' });
  });

  it('all of them with includefield=all', async () => {
    const { results: sets } = await results(archive(), request(['all']), metadata);
    expect(sets[0]).toMatchObject({ '00080008': {}, '00280030': {}, '00200013': { Value: [1] } });
  });

  it('are not read when the index has the requested attributes', async () => {
    await results(archive(), request(['00200013', '00080018', '00280010', '00083002']));
    await results(archive(), request(['all'], { level: 'series' }));
  });
});

describe('attributes whose values clients read without a check', () => {
  it('begin with a value that is there, or are left out', async () => {
    const study = textsOf({
      '00080020': { vr: 'DA', Value: [null, '20240131'] },
      '00080061': { vr: 'CS' },
      '00100010': { vr: 'PN', Value: [null] },
      '00100020': { vr: 'LO', Value: [null, 'P1'] },
      '00100030': { vr: 'DA', BulkDataURI: 'x' },
      '00201208': { vr: 'IS', Value: [0] },
    });
    const index = { search: async () => ({ rows: [{ studyInstanceUID: '1.2', study }], newestRow: 1 }) };
    const of = { name: 'an archive', index, marks: marks() } as unknown as Archive;
    const { results: sets } = await results(of, request(['00080061', '00100010'], { level: 'study' }));
    expect(sets[0]!['00080020']).toEqual({ vr: 'DA', Value: ['20240131'] });
    expect(sets[0]!['00201208']).toEqual({ vr: 'IS', Value: [0] });
    for (const tag of ['00080061', '00100010', '00100030']) expect(sets[0]).not.toHaveProperty(tag);
    expect(sets[0]!['00100020']).toEqual({ vr: 'LO', Value: [null, 'P1'] });
  });
});

describe('the index is asked for', () => {
  it.each<[name: string, options: Partial<SearchRequest>, levels: string[]]>([
    ['all levels when the path names none', {}, ['study', 'series', 'instance']],
    ['the levels below the study that it names', { studyInstanceUID: '1.2' }, ['series', 'instance']],
    ['the instance alone', { studyInstanceUID: '1.2', seriesInstanceUID: '1.3' }, ['instance']],
    ['the series alone', { level: 'series', studyInstanceUID: '1.2' }, ['series']],
    ['the study', { level: 'study' }, ['study']],
  ])('%s', async (_, options, levels) => {
    const asked: SearchQuery[] = [];
    await results(archive(asked), request([], options));
    expect(asked).toHaveLength(1);
    expect(asked[0]!.attributesOf).toEqual(levels);
    expect(asked[0]!.limit).toBe(3);
  });

  it('the study too, when one of its attributes is included', async () => {
    const asked: SearchQuery[] = [];
    const fixed = { studyInstanceUID: '1.2', seriesInstanceUID: '1.3' };
    await results(archive(asked), request(['00100010'], fixed));
    expect(asked[0]!.attributesOf).toEqual(['study', 'instance']);
  });
});

describe('private attributes (PS3.18 10.6.3.3)', () => {
  const DATA_SET: DicomJson = {
    '00090010': { vr: 'LO', Value: ['OTHER'] },
    '00090011': { vr: 'LO', Value: ['ACME 1.0 '] },
    '00091001': { vr: 'UN', InlineBinary: 'AAA=' },
    '00091101': { vr: 'DS', Value: [7] },
    '00091102': { vr: 'SH', Value: ['no'] },
    '00200013': { vr: 'IS', Value: [1] },
  };
  const privates = async (include: Partial<SearchRequest['include']>) => {
    const asked = request(include.tags as string[], { limit: 1, include: { all: false, tags: [], ...include } });
    const { results: sets } = await results(archive(), asked, async () => [DATA_SET]);
    return Object.fromEntries(Object.entries(sets[0]!).filter(([tag]) => tag.startsWith('0009')));
  };

  it('come with their Private Creator', async () => {
    expect(await privates({ tags: ['00091001'] })).toEqual({
      '00090010': { vr: 'LO', Value: ['OTHER'] },
      '00091001': { vr: 'UN', InlineBinary: 'AAA=' },
    });
  });

  it('are looked for in the block that the requested creator has in this data set', async () => {
    const privateCreators = new Map([['00090010', 'ACME 1.0']]);
    expect(await privates({ tags: ['00091001'], privateCreators })).toEqual({
      '00090011': { vr: 'LO', Value: ['ACME 1.0 '] },
      '00091101': { vr: 'DS', Value: [7] },
    });
  });

  it('are left out when they are not there: an empty one would belong to no creator', async () => {
    expect(await privates({ tags: ['00091099'] })).toEqual({});
    expect(await privates({ tags: ['00091001'], privateCreators: new Map([['00090010', 'NOBODY']]) })).toEqual({});
  });
});

describe('pages of one client', () => {
  const page = async (of: Archive, options: Partial<SearchRequest>, asker?: string) =>
    await results(of, request([], options), refuse, asker);
  const wanted = (value: string) => [{ key: searchKey('00100020')!, value: { kind: 'single' as const, value } }];

  it('later pages leave out studies that are newer than the first page', async () => {
    const asked: SearchQuery[] = [];
    const of = archive(asked);
    await page(of, { limit: 2 });
    await page(of, { limit: 2, offset: 2 });
    await page(of, { limit: 1, offset: 1, matches: [] });
    expect(asked.map(({ newestRow }) => newestRow)).toEqual([undefined, 3, 3]);
  });

  it('those of another client, of another search and of a complete response have no mark', async () => {
    const asked: SearchQuery[] = [];
    const of = archive(asked);
    await page(of, { limit: 2 });
    await page(of, { limit: 2, offset: 2 }, 'somebody else');
    await page(of, { limit: 2, offset: 2, matches: wanted('A') });
    await page(of, { limit: 3, matches: wanted('B') });
    await page(of, { limit: 2, offset: 2, matches: wanted('B') });
    expect(asked.map(({ newestRow }) => newestRow)).toEqual(Array(5).fill(undefined));
  });

  it('a mark does not reveal the search', async () => {
    const of = archive();
    await page(of, { limit: 2, matches: wanted('MRN7') });
    const [key] = (of.marks as ReturnType<typeof marks>).kept.keys();
    expect(key).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe('keys inside a sequence (PS3.4 C.2.2.2.6)', () => {
  it('the response contains the items that match', async () => {
    const item = (step: string) => ({ '00400009': { vr: 'SH', Value: [step] } });
    const row: SearchRow = {
      studyInstanceUID: '1.2',
      seriesInstanceUID: '1.3',
      series: textsOf({ '00400275': { vr: 'SQ', Value: [item('STEP-1'), item('STEP-2')] } }),
    };
    const index = { search: async () => ({ rows: [row], newestRow: 1 }) };
    const of = { name: '', index, marks: marks() } as unknown as Archive;
    const found = async (pattern: string) => {
      const key = searchKey('00400275.00400009')!;
      const matches = [{ key, value: { kind: 'wildcard' as const, pattern } }];
      const { results: sets } = await results(of, request(['00400275'], { level: 'series', matches }));
      return sets[0]!['00400275']!.Value!.map((one) => (one as DicomJson)['00400009']!.Value![0]);
    };
    expect(await found('*2')).toEqual(['STEP-2']);
    expect(await found('STEP*')).toEqual(['STEP-1', 'STEP-2']);
    expect(await found('none of them')).toEqual(['STEP-1', 'STEP-2']);
  });
});
