import { describe, expect, it } from 'vitest';
import { MultipartError, MultipartReader } from '../../../src/http/multipart-reader';
import { ascii } from '../../support/files/part10';
import { codeOf, readAll, streamOf } from '../dicomweb/read-multipart';

const read = async (text: string, boundary = 'b', type?: 'bytes') =>
  (await readAll(streamOf([ascii(text)], type), boundary)).map(({ headers, body }) => ({
    headers,
    body: new TextDecoder('latin1').decode(body),
  }));

const DICOM = { 'content-type': 'application/dicom' };

describe('RFC 2046 5.1.1 grammar', () => {
  it.each([
    ['no preamble', '--b\r\nContent-Type: application/dicom\r\n\r\none\r\n--b--\r\n'],
    ['empty preamble, as dicomweb-client sends', '\r\n--b\r\nContent-Type: application/dicom\r\n\r\none\r\n--b--'],
    [
      'a preamble with look-alikes',
      'x--b\r\n--bb\r\n --b\r\n\r\n--b\r\nContent-Type: application/dicom\r\n\r\none\r\n--b--',
    ],
    [
      'an epilogue with delimiters',
      '--b\r\ncontent-TYPE:application/dicom\r\n\r\none\r\n--b--\r\n--b\r\n\r\ntwo\r\n--b--',
    ],
    ['padding after delimiters', '--b \t \r\nContent-Type: application/dicom\r\n\r\none\r\n--b-- \r\n'],
    ['line feeds alone in the header', '--b\nContent-Type: application/dicom\n\none\r\n--b--\r\n'],
  ])('%s', async (_name, text) => {
    for (const type of [undefined, 'bytes'] as const) {
      expect(await read(text, 'b', type)).toEqual([{ headers: DICOM, body: 'one' }]);
    }
  });

  it('parts without header, without body, without either', async () => {
    expect(await read('--b\r\n\r\none\r\n--b\r\nA: 1\r\n\r\n\r\n--b\r\n\r\n\r\n--b\r\n--b\r\nA: 2\r\n--b--')).toEqual([
      { headers: {}, body: 'one' },
      { headers: { a: '1' }, body: '' },
      { headers: {}, body: '' },
      { headers: {}, body: '' },
      { headers: { a: '2' }, body: '' },
    ]);
  });

  it('a body may have no part', async () => {
    expect(await read('--b--\r\n')).toEqual([]);
    expect(await read('\r\n--b--')).toEqual([]);
  });

  it('folded and repeated header fields', async () => {
    const [part] = await read('--b\r\nContent-Type: a/b;\r\n\tc=d\r\nX: 1\r\nx: 2\r\n\r\n\r\n--b--');
    expect(part?.headers).toEqual({ 'content-type': 'a/b; c=d', x: '1, 2' });
  });

  it('look-alikes are data', async () => {
    const body = '\r\n--\r\n--bX\r\n--b-\r\n--b X\r\n--b\rX\r\n-\r\r\n\r\n--\r\n--B\r\n--b\t-';
    expect(await read(`--b\r\n\r\n${body}\r\n--b--`)).toEqual([{ headers: {}, body }]);
  });

  it('what is left of a part is passed over, and a part gives nothing once it was left', async () => {
    const text = `--b\r\nA: 1\r\n\r\n${'x'.repeat(1000)}\r\n--b\r\nA: 2\r\n\r\ntwo\r\n--b--`;
    const reader = new MultipartReader(streamOf([ascii(text)]), 'b');
    const first = await reader.next();
    const second = await reader.next();
    expect(second?.headers.get('a')).toBe('2');
    expect(await first?.read()).toBeNull();
    expect(await second?.read()).toEqual(ascii('two'));
  });
});

describe('what is no multipart body', () => {
  it.each([
    ['no-boundary', 'an empty body', ''],
    ['no-boundary', 'another body', 'hello'],
    ['no-boundary', 'another boundary', '--c\r\n\r\none\r\n--c--'],
    ['truncated', 'no closing delimiter', '--b\r\n\r\none\r\n--b\r\n'],
    ['truncated', 'half a closing delimiter', '--b\r\n\r\none\r\n--b-'],
  ])('%s: %s', async (code, _name, text) => {
    expect(await codeOf(read(text))).toBe(code);
  });

  it('gives the same error to every later read', async () => {
    const reader = new MultipartReader(streamOf([ascii('--b\r\n\r\none')]), 'b');
    const part = await reader.next();
    expect(await part?.read()).toEqual(ascii('one'));
    for (const again of [part?.read(), part?.read(), reader.next(), reader.next()]) {
      expect(await codeOf(again ?? Promise.resolve())).toBe('truncated');
    }
  });

  it('a header line without a colon', async () => {
    expect(await codeOf(read('--b\r\nDICM\r\n\r\n\r\n--b--'))).toBe('malformed');
    expect(await codeOf(read('--b\r\n: x\r\n\r\n\r\n--b--'))).toBe('malformed');
  });

  it('a header that cannot be read costs its part alone', async () => {
    const bad = ['DICM', ': x', `A: ${'x'.repeat(20_000)}`, 'A: 1\r\n'.repeat(100)];
    for (const header of bad) {
      const text = `--b\r\n\r\none\r\n--b\r\n${header}\r\n\r\ntwo\r\n--b\r\nA: 3\r\n\r\nthree\r\n--b--`;
      for (const type of [undefined, 'bytes'] as const) {
        const reader = new MultipartReader(streamOf([ascii(text)], type), 'b');
        await reader.next();
        const error = await reader.next().catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(MultipartError);
        expect((error as MultipartError).ofOnePart).toBe(true);
        const third = await reader.next();
        expect(third?.headers.get('a')).toBe('3');
        expect(await third?.read()).toEqual(ascii('three'));
        expect(await reader.next()).toBeNull();
      }
    }
  });

  it('more header lines than allowed', async () => {
    const text = `--b\r\n${'A: 1\r\n'.repeat(4)}\r\none\r\n--b--`;
    const read = (maxHeaderLines: number) => readAll(streamOf([ascii(text)]), 'b', [], { maxHeaderLines });
    expect(await read(4)).toHaveLength(1);
    expect(await codeOf(read(3))).toBe('header-too-large');
  });

  it.each(['', ' ', 'b ', 'b\r\n', 'b\n', 'bö', 'b'.repeat(251)])('a boundary that is none: %j', async (boundary) => {
    expect(await codeOf(read('--b--', boundary))).toBe('no-boundary');
  });

  it('a boundary of 250 bytes and one of blanks within', async () => {
    for (const boundary of ['b'.repeat(250), "b b'()+_,-./:=?"]) {
      expect(await read(`--${boundary}\r\n\r\none\r\n--${boundary}--`, boundary)).toHaveLength(1);
    }
  });
});

describe('bounded memory', () => {
  /** Endless, and counting what was asked for. */
  function endless(
    head: string,
    text: string,
    type?: 'bytes',
  ): { stream: ReadableStream<Uint8Array>; state: { given: number } } {
    const state = { given: 0 };
    const source = {
      type,
      pull(controller: ReadableByteStreamController) {
        const chunk = ascii(state.given === 0 ? head + text : text);
        state.given += chunk.length;
        controller.enqueue(chunk);
      },
    };
    return { stream: new ReadableStream(source as UnderlyingByteSource), state };
  }

  it('a header without end is refused after its limit', async () => {
    for (const text of ['x'.repeat(1000), 'A: b\r\n'.repeat(100), 'y']) {
      const { stream, state } = endless('--b\r\n', text);
      expect(await codeOf(readAll(stream, 'b'))).toBe('header-too-large');
      expect(state.given).toBeLessThan(20 * 1024);
    }
  });

  it('what follows the closing delimiter is not read', async () => {
    for (const type of [undefined, 'bytes'] as const) {
      const { stream, state } = endless('--b\r\n\r\none\r\n--b--', 'x'.repeat(1000), type);
      expect(await readAll(stream, 'b')).toHaveLength(1);
      expect(state.given).toBeLessThan(1024 * 1024);
    }
  });

  it('padding without end is data', async () => {
    const body = `\r\n--b${' '.repeat(300)}`;
    expect(await read(`--b\r\n\r\n${body}\r\n--b--`)).toEqual([{ headers: {}, body }]);
  });
});
