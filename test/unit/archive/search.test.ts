import { describe, expect, it } from 'vitest';
import type { Archive, InstanceIdentity } from '../../../src/archive/ports';
import type { SearchRow } from '../../../src/archive/rows';
import { search } from '../../../src/archive/search';
import type { SearchQuery, SearchRequest } from '../../../src/archive/search-query';
import type { DicomJson } from '../../../src/dicom/json-model';

const ROWS: readonly SearchRow[] = ['1.4.1', '1.4.2', '1.4.3'].map((sopInstanceUID) => ({
  studyInstanceUID: '1.2',
  seriesInstanceUID: '1.3',
  sopInstanceUID,
  instance: { '00200013': { vr: 'IS', Value: [1] } },
}));

/** An archive whose index holds those rows and writes down what it was asked. */
function archive(asked: SearchQuery[] = []): Archive {
  const index = {
    async search(query: SearchQuery) {
      asked.push(query);
      return { rows: ROWS.slice(0, query.limit), newestRow: 3 };
    },
  };
  return { index } as unknown as Archive;
}

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

  it('come from the metadata of the instances of the page, asked for once', async () => {
    const asked: (readonly InstanceIdentity[])[] = [];
    const { results, more } = await search(archive(), request(['00080008']), 'https://a', async (instances) => {
      asked.push(instances);
      return await metadata(instances);
    });
    expect(asked).toHaveLength(1);
    expect(asked[0]!.map(({ sopInstanceUID }) => sopInstanceUID)).toEqual(['1.4.1', '1.4.2']);
    expect(more).toBe(true);
    expect(results[0]!['00080008']).toEqual({ vr: 'CS', Value: ['ORIGINAL'] });
    expect(results[0]!['00280030']).toBeUndefined();
    expect(results[1]!['00080008']).toEqual({ vr: 'CS' });
  });

  it('all of them with includefield=all', async () => {
    const { results } = await search(archive(), request(['all']), 'https://a', metadata);
    expect(results[0]).toMatchObject({ '00080008': {}, '00280030': {}, '00200013': { Value: [1] } });
  });

  it('are not asked for when the index has what is wanted', async () => {
    const refuse = async (): Promise<never> => Promise.reject(new Error('asked'));
    await search(archive(), request(['00200013', '00080018', '00280010', '00083002']), 'https://a', refuse);
    await search(archive(), request(['all'], { level: 'series' }), 'https://a', refuse);
  });
});

describe('the index is asked for', () => {
  it.each<[name: string, options: Partial<SearchRequest>, levels: string[]]>([
    ['all levels when the path names none', {}, ['study', 'series', 'instance']],
    ['those below the study that it names', { studyInstanceUID: '1.2' }, ['series', 'instance']],
    ['the instance alone', { studyInstanceUID: '1.2', seriesInstanceUID: '1.3' }, ['instance']],
    ['the series alone', { level: 'series', studyInstanceUID: '1.2' }, ['series']],
    ['the study', { level: 'study' }, ['study']],
  ])('%s', async (_, options, levels) => {
    const asked: SearchQuery[] = [];
    await search(archive(asked), request([], options), 'https://a');
    expect(asked).toHaveLength(1);
    expect(asked[0]!.attributesOf).toEqual(levels);
    expect(asked[0]!.limit).toBe(3);
  });

  it('the study too when one of its attributes is included', async () => {
    const asked: SearchQuery[] = [];
    const fixed = { studyInstanceUID: '1.2', seriesInstanceUID: '1.3' };
    await search(archive(asked), request(['00100010'], fixed), 'https://a');
    expect(asked[0]!.attributesOf).toEqual(['study', 'instance']);
  });
});
