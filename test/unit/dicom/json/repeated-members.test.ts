import { describe, expect, it } from 'vitest';
import { repeatedMembers } from '../../../../src/dicom/json/repeated-members';
import { type SeededRandom, seededRandom } from '../../../support/seeded-random';

const repeated = (json: string) => [...repeatedMembers(json)];

describe('members that an object names twice', () => {
  it.each<[json: string, found: [number, string | undefined][]]>([
    ['{"00100020":{"vr":"LO"},"00100010":{"vr":"PN"}}', []],
    ['{"00100020":{"vr":"LO"},"00100020":{"vr":"LO"}}', [[0, '00100020']]],
    ['[{},{"00100020":{"vr":"LO"}, "00100020" : {"vr":"LO"}},{}]', [[1, '00100020']]],
    ['[{"a":1,"a":2},[1,2],{"0010001a":{"vr":"LO","vr":"SH"}}]', [[0, undefined], [2, '0010001A']]], // biome-ignore format: one case a line
    ['[{"00080005":{"vr":"CS","Value":["a"],"Value":["b"]}}]', [[0, '00080005']]],
    ['[{"00081140":{"vr":"SQ","Value":[{},{"00081155":{},"00081155":{}}]}}]', [[0, '00081155']]],
    ['[{"00100010":{"vr":"PN","Value":[{"Alphabetic":"a","Alphabetic":"b"}]}}]', [[0, '00100010']]],
    // The same name in another writing.
    ['[{"00100020":{},"0010002\\u0030":{}}]', [[0, '00100020']]],
    ['[{"a\\"b":1,"a":2,"b":3,"\\\\":4,"\\\\\\"":5}]', []],
    // Names in texts and in other objects are no repetitions.
    ['[{"00081140":{"vr":"SQ","Value":[{"a":1},{"a":1}]},"a":"a"}]', []],
    ['["{\\"a\\":1,\\"a\\":2}",{"b":"\\\\","c":"b"}]', []],
    ['["a","a"]', []],
    ['"a"', []],
    ['17', []],
  ])('%s', (json, found) => expect(repeated(json)).toEqual(found));

  it('are found in texts of every shape, and only there', () => {
    let repeating = 0;
    for (let seed = 0; seed < 2000; seed += 1) {
      const written = writeObjects(seededRandom(seed));
      JSON.parse(written.json);
      expect([seed, [...repeatedMembers(written.json).keys()]]).toEqual([seed, written.repeated]);
      repeating += Number(written.repeated.length > 0);
    }
    expect(repeating).toBeGreaterThan(100);
    expect(repeating).toBeLessThan(1700);
  });
});

const NAMES = ['a', 'b', '"', '\\', 'a"', '{', '}', '[', ',', ':', 'é', '00100020', '__proto__', ''];

/** An array of data sets, and which of them repeat a name. */
function writeObjects(random: SeededRandom): { json: string; repeated: number[] } {
  let twice = false;
  const space = (): string => random.pick(['', '', ' ', '\n\t']);
  const text = (value: string): string =>
    random.below(3) === 0
      ? `"${[...value].map((letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')}"`
      : JSON.stringify(value);
  const value = (depth: number): string => {
    const kind = random.below(depth > 4 ? 2 : 5);
    if (kind === 0) return text(random.pick(NAMES));
    if (kind === 1) return random.pick(['1', '-1.5e3', 'true', 'null']);
    if (kind === 2) return `[${Array.from({ length: random.below(4) }, () => value(depth + 1)).join(`${space()},`)}]`;
    return object(depth + 1);
  };
  const object = (depth: number): string => {
    const names = new Set<string>();
    const members = Array.from({ length: random.below(5) }, () => {
      let name = random.pick(NAMES);
      // Most objects have no repetition.
      for (let n = 0; names.has(name) && n < 20 && random.below(20) > 0; n += 1) name = random.pick(NAMES);
      twice ||= names.has(name);
      names.add(name);
      return `${space()}${text(name)}${space()}:${space()}${value(depth)}${space()}`;
    });
    return `{${members.join(',')}}`;
  };
  const repeated: number[] = [];
  const dataSets = Array.from({ length: 1 + random.below(4) }, (_, at) => {
    twice = false;
    const json = object(0);
    if (twice) repeated.push(at);
    return json;
  });
  return { json: `[${dataSets.join(`${space()},${space()}`)}]`, repeated };
}
