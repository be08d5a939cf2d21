import { describe, expect, it } from 'vitest';
import { type ParsedJson, parseJson } from '../../../../src/dicom/json/json-parser';
import { finished } from '../../../../src/dicom/steps';
import { type SeededRandom, seededRandom } from '../../../support/seeded-random';

const parsed = (json: string): ParsedJson => finished(parseJson(json));
const repeated = (json: string) => [...parsed(json).repeated];

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
      const { repeated: found } = parsed(written.json);
      expect([seed, [...found.keys()]]).toEqual([seed, written.repeated]);
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

describe('the parser', () => {
  /** The value as text, with what JSON.stringify does not tell: negative zero and the order of members. */
  const shown = (value: unknown): string =>
    JSON.stringify(value, (_, one) => (Object.is(one, -0) ? 'negative zero' : one)) ?? 'undefined';
  const result = (read: () => unknown): string => {
    try {
      return shown(read());
    } catch (error) {
      return error instanceof SyntaxError || (error as { code?: string }).code === 'malformed'
        ? 'not JSON'
        : String(error);
    }
  };

  it.each([
    ...[
      '',
      ' ',
      '{',
      '[',
      '}',
      ']',
      ',',
      ':',
      '"',
      '{}',
      '[]',
      ' [ ] ',
      '[,]',
      '[1,]',
      '[1 2]',
      '{"a"}',
      '{"a":}',
      '{"a":1,}',
    ],
    ...[
      '{"a" 1}',
      '{a:1}',
      "{'a':1}",
      '{"a":1 "b":2}',
      '[1}',
      '{"a":1]',
      '{}{}',
      '[]1',
      '1 1',
      '{"a":1}}',
      '[[]',
      '{1:1}',
      '{"a":1:2}',
    ],
    ...[
      '0',
      '-0',
      '-',
      '+1',
      '01',
      '1.',
      '.5',
      '1e',
      '1e5',
      '1E+5',
      '1e-400',
      '1e400',
      '-1.5e-7',
      '0x10',
      'NaN',
      'Infinity',
      '[1-1]',
    ],
    ...[
      'true',
      'false',
      'null',
      'tru',
      'nulll',
      'truefalse',
      '[true,false,null]',
      '\ufeff{}',
      '\u00a0{}',
      '\v{}',
      '{}\0',
    ],
    ...[
      '"a',
      '"\\"',
      '"\\\\"',
      '"\\u12"',
      '"\\u0041"',
      '"\\x"',
      '"a\nb"',
      '"a\tb"',
      '"\u2028"',
      '"\ud800"',
      '"\\ud83d\\ude00"',
      '"\x7f"',
    ],
    ...[
      '{"__proto__":{"a":1},"b":[]}',
      '{"constructor":1,"hasOwnProperty":2}',
      '{"2":1,"1":2,"a":3}',
      '{"a":1,"a":2}',
      '{"a\\u0062":1}',
    ],
    ...[
      '"a text of more than twelve characters"',
      '"a text of more than twelve \n characters"',
      '{"a name of more than twelve characters":1}',
    ],
  ])('takes what JSON.parse takes: %j', (json) =>
    expect(result(() => parsed(json).value)).toBe(result(() => JSON.parse(json))),
  );

  // Values are not compared here: JSON.parse of Node 24 reads `[{"a":1,"\\":2},{"a":1,"\u00e9":2}]` wrongly.
  it('takes what JSON.parse takes: texts with a changed character', () => {
    const outcomes = new Set<boolean>();
    for (let seed = 0; seed < 5000; seed += 1) {
      const random = seededRandom(seed);
      const { json } = writeObjects(random);
      const at = random.below(json.length);
      const changed =
        json.slice(0, at) + random.pick([...'{}[],:"\\ -01.eE+tn\n', '']) + json.slice(at + random.below(2));
      const isJson = result(() => JSON.parse(changed)) !== 'not JSON';
      expect([changed, result(() => parsed(changed).value) !== 'not JSON']).toEqual([changed, isJson]);
      outcomes.add(isJson);
    }
    expect(outcomes.size).toBe(2);
  });

  it('keeps the digits of whole numbers of 64 bits', () => {
    expect(parsed('[9007199254740991,9007199254740993,-9223372036854775808,18446744073709551615,1e20]').value).toEqual([
      9007199254740991,
      '9007199254740993',
      '-9223372036854775808',
      '18446744073709551615',
      1e20,
    ]);
  });

  it('gives no object a prototype that the text names', () => {
    const { value } = parsed('{"__proto__":{"00100020":{"vr":"LO"}}}');
    expect((value as Record<string, unknown>)['00100020']).toBeUndefined();
    expect(Object.keys(value as object)).toEqual(['__proto__']);
  });

  it('refuses more objects than metadata has', () => {
    expect(() => parsed(`[${'{},'.repeat(600_000)}{}]`)).toThrow('too many');
    expect(() => parsed('['.repeat(600_000))).toThrow('too many');
  });
});
