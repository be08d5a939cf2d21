import { describe, expect, it } from 'vitest';
import { ascii, joined } from '../../support/files/part10';
import { seededRandom } from '../../support/seeded-random';
import { codeOf, type Read, readAll, streamOf } from './read-multipart';

describe('chunks', () => {
  const boundary = '----WebKit.7MA4YWxk';
  const bodies = [ascii('one\r\n'), ascii(`\r\n--${boundary.slice(0, 9)}\r\n--${boundary}x\r\n`), ascii('')];
  const whole = joined([
    ascii('preamble\r\n'),
    ...bodies.flatMap((body, n) => [ascii(`--${boundary}\r\nN: ${n}\r\n\r\n`), body, ascii('\r\n')]),
    ascii(`--${boundary}--\r\nepilogue`),
  ]);
  const parts = bodies.map((body, n) => ({ headers: { n: `${n}` }, body }));

  it('cut at every byte, and into bytes', async () => {
    for (const type of [undefined, 'bytes'] as const) {
      for (let cut = 0; cut <= whole.length; cut += 1) {
        const chunks = [whole.subarray(0, cut), whole.subarray(cut)];
        expect(await readAll(streamOf(chunks, type), boundary)).toEqual(parts);
      }
      const bytes = [...whole].map((byte) => Uint8Array.of(byte));
      expect(await readAll(streamOf(bytes, type), boundary)).toEqual(parts);
    }
  });

  it('cut at every two bytes', async () => {
    for (let first = 0; first < whole.length; first += 1) {
      for (let second = first + 1; second < whole.length; second += 7) {
        const chunks = [whole.subarray(0, first), whole.subarray(first, second), whole.subarray(second)];
        expect(await readAll(streamOf(chunks), boundary)).toEqual(parts);
      }
    }
  });

  it('truncated at every byte: whole parts before it are given, the rest is an error', async () => {
    const first = 'preamble\r\n--'.length + boundary.length + 2;
    const close = new TextDecoder('latin1').decode(whole).indexOf(`--${boundary}--`) + boundary.length + 4;
    for (const type of [undefined, 'bytes'] as const) {
      for (let length = 0; length < close; length += 1) {
        const delivered: Read[] = [];
        const reading = readAll(streamOf([whole.subarray(0, length)], type), boundary, delivered);
        expect(await codeOf(reading), `${length}`).toBe(length < first ? 'no-boundary' : 'truncated');
        expect(delivered).toEqual(parts.slice(0, delivered.length));
      }
      expect(await readAll(streamOf([whole.subarray(0, close)], type), boundary)).toEqual(parts);
    }
  });

  it('random bodies full of look-alikes, in random chunks', async () => {
    let parts = 0;
    for (let seed = 1; seed <= 1500; seed += 1) {
      const random = seededRandom(seed);
      const name = Array.from({ length: 1 + random.below(random.pick([3, 70])) }, () =>
        random.pick(['a', 'b', '-', "'"]),
      ).join('');
      const pieces = [
        '\r',
        '\n',
        '\r\n',
        '--',
        '\r\n--',
        `\r\n--${name}x`,
        `--${name}`,
        `\r\n--${name.slice(0, -1)}`,
        'a',
        'b',
        '-',
        '\0',
        ' ',
      ];
      const made = Array.from({ length: random.below(5) }, (_, n) => {
        const text = Array.from({ length: random.below(40) }, () => random.pick(pieces)).join('');
        return { headers: { n: `${n}` }, body: ascii(text) };
      }).filter(({ body }) => !delimited(body, name));
      parts += made.length;
      const bytes = joined([
        ...made.flatMap(({ headers, body }) => [ascii(`--${name}\r\nN: ${headers.n}\r\n\r\n`), body, ascii('\r\n')]),
        ascii(`--${name}--`),
      ]);
      const chunks: Uint8Array[] = [];
      const most = random.pick([1, 5, 80, 1000]);
      for (let at = 0; at < bytes.length; ) {
        const length = 1 + random.below(most);
        chunks.push(bytes.subarray(at, at + length));
        at += length;
      }
      const options = { chunkBytes: 1, maxHeaderBytes: 16 + random.below(40) };
      const result = await readAll(streamOf(chunks, random.pick([undefined, 'bytes'] as const)), name, [], options);
      expect(result, `seed ${seed}`).toEqual(made);
    }
    expect(parts).toBeGreaterThan(100);
  });
});

/** Whether a body would end early. */
function delimited(body: Uint8Array, boundary: string): boolean {
  const text = `\r\n${new TextDecoder('latin1').decode(body)}\r\n`;
  return new RegExp(`\\r\\n--${boundary}([ \\t]*\\r?\\n|--)`).test(text);
}
