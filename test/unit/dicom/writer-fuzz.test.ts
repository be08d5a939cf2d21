import dcmjs from 'dcmjs';
import { describe, expect, it } from 'vitest';
import { DicomError } from '../../../src/dicom/errors';
import { readDicomJson } from '../../../src/dicom/json/dicom-json-reader';
import type { DicomJson } from '../../../src/dicom/json/json-model';
import { part10File } from '../../../src/dicom/part10/part10-writer';
import { readDicomXml } from '../../../src/dicom/xml/xml-reader';
import { dicomXml } from '../../../src/dicom/xml/xml-writer';
import { type SeededRandom, seededRandom } from '../../support/seeded-random';
import { EXPLICIT, IMPLICIT } from './build';
import { randomDataSet } from './random-data-set';
import { readFile, written } from './written';

const ROUNDS = Number(process.env.FUZZ_ROUNDS ?? 400);

/** Whether dcmjs keeps the item: it drops items without attributes. */
function isFilled(item: unknown): boolean {
  return Object.keys(item as DicomJson).length > 0;
}

/** Random text is seldom a valid date, and some numbers are not finite; nothing else may be odd. */
const EXPECTED_WARNINGS = new Set<string>(['invalid-value', 'invalid-characters', 'not-finite', 'too-long']);

const UNKNOWN_TO_DCMJS = new Set(['OL', 'OV', 'SV']);

// It would write 200,000 lines about VRs.
dcmjs.log.getLogger('validation.dcmjs').setLevel('silent');

/**
 * The data set with what a file's reader adds, and without the VRs that an implicit file cannot give for private
 * elements.
 */
function told(dataSet: DicomJson, implicit: boolean): unknown {
  return Object.fromEntries(
    Object.entries(dataSet)
      .filter(([tag]) => tag !== '00083002' && tag !== '00080005' && !(implicit && tag.startsWith('002910')))
      .map(([tag, attribute]) => {
        if (attribute.vr !== 'SQ') return [tag, attribute];
        const Value = attribute.Value?.map((item) => told(item as DicomJson, implicit));
        return [tag, { vr: 'SQ', ...(Value && { Value }) }];
      }),
  );
}

/** DS and IS as text, as in XML. */
function numbersAsText(dataSet: DicomJson): DicomJson {
  return Object.fromEntries(
    Object.entries(dataSet).map(([tag, attribute]) => {
      const { vr, Value } = attribute;
      if (Value === undefined) return [tag, attribute];
      if (vr === 'SQ') return [tag, { vr, Value: Value.map((item) => numbersAsText(item as DicomJson)) }];
      if (vr !== 'DS' && vr !== 'IS') return [tag, attribute];
      return [tag, { vr, Value: Value.map((value) => (typeof value === 'number' ? String(value) : value)) }];
    }),
  );
}

function mutated(text: string, random: SeededRandom): string {
  let mutant = text;
  for (let count = 1 + random.below(3); count > 0; count--) {
    const at = random.below(mutant.length);
    const until = at + random.below(random.pick([2, 30]));
    const put = random.pick([
      '',
      '<',
      '"',
      '{',
      '[',
      '0',
      'null',
      '</Value>',
      '&#0;',
      mutant.slice(at, until + 20),
      '\u0000',
    ]);
    mutant = mutant.slice(0, at) + put + mutant.slice(until);
  }
  return mutant;
}

/** Whether an action succeeds; it may fail only with the documented error. */
function succeeds(seed: number, action: () => void): boolean {
  try {
    action();
    return true;
  } catch (error) {
    if (error instanceof DicomError || error instanceof SyntaxError) return false;
    throw new Error(`seed ${seed}`, { cause: error });
  }
}

describe('random data sets', () => {
  it('are the same after writing and reading a file', async () => {
    for (let seed = 1; seed <= ROUNDS; seed++) {
      const dataSet = randomDataSet(seededRandom(seed));
      for (const transferSyntaxUID of [EXPLICIT, IMPLICIT]) {
        const implicit = transferSyntaxUID === IMPLICIT;
        const { json, parsed } = readFile(await written(dataSet, { transferSyntaxUID }));
        expect(told(json, implicit), `seed ${seed}`).toEqual(told(dataSet, implicit));
        const odd = parsed.warnings.filter(({ reason }) => !EXPECTED_WARNINGS.has(reason));
        expect(odd, `seed ${seed}`).toEqual([]);
      }
    }
  });

  it('are the same for another reader', async () => {
    let compared = 0;
    for (let seed = 1; seed <= ROUNDS; seed++) {
      const dataSet = randomDataSet(seededRandom(seed));
      const bytes = await written(dataSet);
      const { dict } = dcmjs.data.DicomMessage.readFile(bytes.slice().buffer) as {
        dict: Record<string, { vr: string; Value: unknown[] }>;
      };
      const tags = Object.keys(dict).filter((tag) => tag !== '00080005');
      expect(tags.sort(), `seed ${seed}`).toEqual(Object.keys(dataSet).sort());
      for (const [tag, { vr, Value = [] }] of Object.entries(dataSet)) {
        expect(dict[tag]!.vr, `seed ${seed} ${tag}`).toBe(UNKNOWN_TO_DCMJS.has(vr) ? 'UN' : vr);
        if (!/^(?:US|SS|UL|SL|LO|SH|UI|CS|LT|ST|UT|SQ)$/.test(vr) || Value.length === 0) continue;
        const theirs = dict[tag]!.Value;
        if (vr === 'SQ') expect(theirs.length, `seed ${seed} ${tag}`).toBe(Value.filter(isFilled).length);
        else expect(theirs, `seed ${seed} ${tag}`).toEqual(Value.map((value) => value ?? ''));
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(ROUNDS);
  });

  it('are the same after writing and reading XML and JSON', () => {
    for (let seed = 1; seed <= ROUNDS; seed++) {
      const dataSet = randomDataSet(seededRandom(seed));
      expect(readDicomXml(dicomXml(dataSet)), `seed ${seed}`).toEqual(numbersAsText(dataSet));
      expect(readDicomJson(dataSet), `seed ${seed}`).toEqual([dataSet]);
    }
  });

  it('are written or refused with a code when they are mutated', () => {
    const counts = { xml: 0, json: 0, files: 0 };
    const write = (dataSet: DicomJson): void => {
      part10File(dataSet, { transferSyntaxUID: EXPLICIT, bulk: () => [] });
      counts.files++;
    };
    for (let seed = 1; seed <= ROUNDS * 5; seed++) {
      const random = seededRandom(seed);
      const dataSet = randomDataSet(random);
      const xml = mutated(dicomXml(dataSet), random);
      const json = mutated(JSON.stringify(dataSet), random);
      if (succeeds(seed, () => write(readDicomXml(xml)))) counts.xml++;
      if (succeeds(seed, () => readDicomJson(JSON.parse(json)).forEach(write))) counts.json++;
    }
    // Both outcomes must be common, or else the mutants are too harmless or too damaged to show anything.
    for (const count of [counts.xml, counts.json]) {
      expect(count).toBeGreaterThan(ROUNDS / 10);
      expect(count).toBeLessThan(ROUNDS * 4.9);
    }
    expect(counts.files).toBeGreaterThanOrEqual(counts.xml + counts.json);
  });
});
