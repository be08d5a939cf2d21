import { describe, expect, it } from 'vitest';
import { defaultTransferSyntaxOf, transferSyntaxOfCodeStream } from '../../../../src/dicom/pixels/code-stream';
import { seededRandom } from '../../../support/seeded-random';
import { concat, latin1 } from '../build';

const SYNTAX = '1.2.840.10008.1.2.4.';

function hex(...texts: readonly string[]): Uint8Array {
  return Uint8Array.from(Buffer.from(texts.join('').replace(/\s/g, ''), 'hex'));
}

function box(type: string, content: Uint8Array, length = content.length + 8): Uint8Array {
  return concat(hex(length.toString(16).padStart(8, '0')), latin1(type), content);
}

function found(...parts: readonly Uint8Array[]): string | undefined {
  const { transferSyntaxUID } = transferSyntaxOfCodeStream(concat(...parts)) ?? {};
  return transferSyntaxUID?.replace(SYNTAX, '');
}

const SOI = 'ffd8';
const APP0 = 'ffe0 0006 4a464946';
const FRAME = '000b 08 0010 0010 01 011100';
const JPEG_2000_SIZE =
  'ff51 0029 0000 00000010 00000010 00000000 00000000 00000010 00000010 00000000 00000000 0001 070101';
const PART_2_SIZE = JPEG_2000_SIZE.replace('0029 0000', '0029 8000');
/** @param wavelet 00 irreversible, 01 reversible */
const style = (wavelet: string) => `ff52 000c 00 00 0001 00 05 04 04 00 ${wavelet}`;
const CAPABILITIES = 'ff50 0008 00020000 0000';

describe('JPEG', () => {
  it.each([
    ['baseline', '50', `ffc0${FRAME}`],
    ['extended', '51', `ffc1${FRAME}`],
    ['progressive', '55', `ffc2${FRAME}`],
    ['lossless by the first predictor', '70', `ffc3${FRAME} ffda 0008 01 0100 01 00 00`],
    ['lossless by another predictor', '57', `ffc3${FRAME} ffda 0008 01 0100 06 00 00`],
    ['lossless JPEG-LS', '80', `fff7${FRAME} ffda 0008 01 0100 00 00 00`],
    ['near-lossless JPEG-LS', '81', `fff7${FRAME} ffda 0008 01 0100 02 00 00`],
    ['JPEG-LS of three components', '81', `fff7${FRAME} ffda 000c 03 010002000300 01 02 00`],
  ])('is recognised: %s', (_, syntax, markers) => {
    expect(found(hex(SOI, APP0, markers))).toBe(syntax);
    expect(found(hex(SOI, 'ffff', APP0.slice(2), markers))).toBe(syntax);
  });

  it('is not recognised before its frame header', () => {
    expect(found(hex(SOI, APP0))).toBeUndefined();
    expect(found(hex(SOI, APP0, `ffc3${FRAME}`))).toBeUndefined();
    expect(found(hex(SOI, 'ffe0 ffff', '00'.repeat(100)))).toBeUndefined();
    // No transfer syntax in use has arithmetic coding.
    expect(found(hex(SOI, `ffc9${FRAME}`, 'ffda 0008 01 0100 00 3f 00'))).toBeUndefined();
  });
});

describe('JPEG 2000', () => {
  it.each([
    ['reversible', '90', `${JPEG_2000_SIZE}${style('01')}`],
    ['irreversible', '91', `${JPEG_2000_SIZE}${style('00')}`],
    ['reversible, of Part 2', '92', `${PART_2_SIZE}${style('01')}`],
    ['irreversible, of Part 2', '93', `${PART_2_SIZE}${style('00')}`],
    ['high throughput, reversible', '201', `${JPEG_2000_SIZE}${CAPABILITIES}${style('01')}`],
    ['high throughput, irreversible', '203', `${JPEG_2000_SIZE}${CAPABILITIES}${style('00')}`],
    ['after a comment', '90', `${JPEG_2000_SIZE} ff64 0006 0001 6869 ${style('01')}`],
  ])('is recognised: %s', (_, syntax, markers) => {
    expect(found(hex('ff4f', markers))).toBe(syntax);
  });

  it('is found in a JP2 file, with its offset', () => {
    const stream = hex('ff4f', JPEG_2000_SIZE, style('01'), 'ffd9');
    const head = concat(
      box('jP  ', hex('0d0a870a')),
      box('ftyp', concat(latin1('jp2 '), hex('00000000'), latin1('jp2 '))),
      box('jp2h', new Uint8Array(45)),
    );
    const offset = head.length + 8;
    const known = { transferSyntaxUID: `${SYNTAX}90`, offset, length: stream.length };
    expect(transferSyntaxOfCodeStream(concat(head, box('jp2c', stream), box('xml ', latin1('<a/>'))))).toEqual(known);
    const last = transferSyntaxOfCodeStream(concat(head, box('jp2c', stream, 0)));
    expect(last).toEqual({ transferSyntaxUID: `${SYNTAX}90`, offset });
    const long = concat(
      hex('00000001'),
      latin1('jp2c'),
      hex('00000000', (stream.length + 16).toString(16).padStart(8, '0')),
    );
    expect(transferSyntaxOfCodeStream(concat(head, long, stream))).toEqual({ ...known, offset: offset + 8 });
  });

  it('is not recognised before its coding style', () => {
    expect(found(hex('ff4f', JPEG_2000_SIZE))).toBeUndefined();
    expect(found(hex('ff4f', JPEG_2000_SIZE, style('01').slice(0, -2)))).toBeUndefined();
    expect(found(hex('ff4f', JPEG_2000_SIZE, 'ff90 000a 0000 00000000 00 01', style('01')))).toBeUndefined();
    expect(found(box('jP  ', hex('0d0a870a')), box('free', new Uint8Array(4), 0))).toBeUndefined();
  });
});

describe('other code streams', () => {
  it('knows JPEG XL, and a JPEG within it', () => {
    const signature = box('JXL ', hex('0d0a870a'));
    expect(found(hex('ff0a'), new Uint8Array(20))).toBe('112');
    expect(found(signature, box('ftyp', latin1('jxl ')))).toBe('112');
    expect(found(signature, box('ftyp', latin1('jxl ')), box('jbrd', new Uint8Array(9)))).toBe('111');
  });

  it.each([
    ['H.264, High, level 4.0', '102', 'avcC', '01 64 00 28 ff'],
    ['H.264, High, level 4.2', '104', 'avcC', '01 64 00 2a ff'],
    ['H.264, Stereo High', '106', 'avcC', '01 80 00 2a ff'],
    ['HEVC, Main', '107', 'hvcC', '01 01 60000000'],
    ['HEVC, Main 10', '108', 'hvcC', '01 22 20000000'],
  ])('knows MP4 of %s', (_, syntax, type, configuration) => {
    expect(found(box('ftyp', latin1('isom')), box('moov', box(type, hex(configuration))))).toBe(syntax);
  });

  it('takes MP4 without a visible movie box as H.264', () => {
    expect(found(box('ftyp', latin1('mp42')), box('mdat', new Uint8Array(40)))).toBe('102');
  });

  it('knows MPEG-2 by the size of its pictures', () => {
    const standard = hex('000001b3 2d0 240 33');
    const high = hex('000001b3 780 438 33');
    expect(found(standard)).toBe('100');
    expect(found(high)).toBe('101');
    expect(found(hex('000001ba 44 0004000401'), new Uint8Array(9), high)).toBe('101');
    const packet = concat(hex('47'), new Uint8Array(187).fill(0xff));
    expect(found(packet, packet, concat(hex('47'), high))).toBe('101');
    expect(found(packet, packet, packet)).toBe('100');
  });

  it('does not recognise RLE, PDF and empty input', () => {
    expect(found(hex('01000000 40000000'), new Uint8Array(60))).toBeUndefined();
    expect(found(latin1('%PDF-1.7'))).toBeUndefined();
    expect(found(new Uint8Array(0))).toBeUndefined();
  });

  it('does not fail for any beginning of any bytes', () => {
    const random = seededRandom(5);
    const starts = [
      'ffd8',
      'ff4fff51',
      '0000000c6a502020',
      '0000000c4a584c20',
      '0000001066747970',
      '000001ba',
      '47',
      'ff0a',
    ];
    for (let round = 0; round < 20_000; round++) {
      const rest = Uint8Array.from({ length: random.below(60) }, () =>
        random.below(3) === 0 ? random.pick([0xff, 0xc0, 0xda, 0x52, 0, 1]) : random.below(256),
      );
      const known = transferSyntaxOfCodeStream(concat(hex(random.pick(starts)), rest));
      if (known !== undefined) expect(known.transferSyntaxUID).toMatch(/^1\.2\.840\.10008\.1\.2\.4\.\d+$/);
    }
  });
});

describe('media types without a transfer syntax', () => {
  it.each([
    ['image/jpeg', `${SYNTAX}70`],
    ['image/dicom-rle', '1.2.840.10008.1.2.5'],
    ['image/jls', `${SYNTAX}80`],
    ['image/jp2', `${SYNTAX}90`],
    ['image/jpx', `${SYNTAX}92`],
    ['image/jphc', `${SYNTAX}201`],
    ['image/jxl', `${SYNTAX}110`],
    ['video/mpeg', `${SYNTAX}101`],
    ['video/mp4', `${SYNTAX}102`],
    ['video/H265', `${SYNTAX}107`],
    ['application/octet-stream', '1.2.840.10008.1.2.1'],
    ['text/plain', undefined],
    ['constructor', undefined],
  ])('%s is %s', (mediaType, syntax) => expect(defaultTransferSyntaxOf(mediaType)).toBe(syntax));
});
