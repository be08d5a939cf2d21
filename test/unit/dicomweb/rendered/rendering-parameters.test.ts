import { describe, expect, it } from 'vitest';
import {
  parseRenderedParameters,
  parseThumbnailParameters,
  RENDERED_PARAMETERS,
} from '../../../../src/dicomweb/rendered/rendered-parameters';
import { parseURIParameters, URI_PARAMETERS } from '../../../../src/dicomweb/wado/wado-uri-parameters';
import { HttpProblem } from '../../../../src/http/problem';
import { type SeededRandom, seededRandom } from '../../../support/seeded-random';

const VALUES = [
  ...['', ' ', '0', '1', '-1', '1.5', '1e3', '1e999', 'NaN', 'Infinity', '٣', '100', '101', '8193', '9'.repeat(400)],
  ...['10,20', '10,20,,,,', '10,20,1,2,-3,-4', ',', ',,,,,', '1,2,linear', '1,2,SIGMOID', '1,-2,linear-exact', '1,2,x'],
  ...[
    'patient',
    'patient,technique',
    'Secret^Name',
    'yes',
    'no',
    'srgb',
    '*',
    'utf-8',
    'utf-8;q=0.5,latin1',
    '0,0,1,1',
  ],
  ...[
    '0.5,0.5,0.1,0.9',
    'application/dicom',
    'image/png,image/jpeg',
    '*/*',
    'a b',
    '1.2.840.10008.1.2.1',
    '1.2.3',
    '\u0000',
    '\ud800',
  ],
];

function queryOf(random: SeededRandom, names: readonly string[]): string {
  const pairs = Array.from({ length: random.below(8) }, () => {
    const name = random.pick([...names, 'unknown', '']);
    return `${random.below(2) === 0 ? name : name.toUpperCase()}=${encodeURIComponent(random.pick(VALUES).toWellFormed())}`;
  });
  return pairs.join('&');
}

function expectResultOr400(parse: () => unknown, query: string): boolean {
  try {
    parse();
    return true;
  } catch (error) {
    expect(error, query).toBeInstanceOf(HttpProblem);
    expect((error as HttpProblem).code, query).toBe('bad-request');
    // What a client sent could be a patient's.
    expect((error as HttpProblem).detail).not.toContain('Secret');
    return false;
  }
}

describe('any query', () => {
  it('of a rendered resource is understood, or 400', () => {
    const random = seededRandom(11);
    let understood = 0;
    for (let round = 0; round < 20_000; round++) {
      const url = `https://archive.test/rendered?${queryOf(random, RENDERED_PARAMETERS)}`;
      if (expectResultOr400(() => parseRenderedParameters(url), url)) understood += 1;
      expectResultOr400(() => parseThumbnailParameters(url), url);
    }
    expect(understood).toBeGreaterThan(1000);
  });

  it('of WADO-URI is understood, or 400', () => {
    const random = seededRandom(12);
    const object = 'requestType=WADO&studyUID=1.2&seriesUID=1.3&objectUID=1.4';
    const { ofAny, ofDICOM, ofPictures } = URI_PARAMETERS;
    let understood = 0;
    for (let round = 0; round < 20_000; round++) {
      const query = queryOf(random, [...ofAny, ...ofDICOM, ...ofPictures, ...(round % 4 === 0 ? ['studyUID'] : [])]);
      const url = `https://archive.test/wado?${object}&${query}`;
      if (expectResultOr400(() => parseURIParameters(url), url)) understood += 1;
    }
    expect(understood).toBeGreaterThan(1000);
  });
});
