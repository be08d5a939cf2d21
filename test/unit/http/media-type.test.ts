import { describe, expect, it } from 'vitest';
import { formatMediaType, parseMediaType, splitOutsideQuotes } from '../../../src/http/media-type';

describe('RFC 9110 8.3.1 media types', () => {
  it.each([
    'multipart/related; type="application/dicom"; boundary="b b"',
    'Multipart/Related;TYPE="application/dicom";Boundary="b b"',
    'multipart/related ;type=application/dicom\t; boundary = "b b" ;',
    ' multipart / related;; type="application\\/dicom" ; boundary="b b',
  ])('%s', (text) => {
    const mediaType = parseMediaType(text);
    expect(mediaType?.type).toBe('multipart/related');
    expect(mediaType?.parameters).toEqual([
      ['type', 'application/dicom'],
      ['boundary', 'b b'],
    ]);
    expect(mediaType?.parameter('boundary')).toBe('b b');
    expect(mediaType?.parameter('start')).toBeUndefined();
  });

  it('keeps several parameters of one name in order', () => {
    const mediaType = parseMediaType('a/b; transfer-syntax=1.2; transfer-syntax=*; x="a;b,\\"c\\""');
    expect(mediaType?.parameters).toEqual([
      ['transfer-syntax', '1.2'],
      ['transfer-syntax', '*'],
      ['x', 'a;b,"c"'],
    ]);
    expect(mediaType?.parameter('transfer-syntax')).toBe('1.2');
  });

  it.each(['', 'text', '/', 'a/', '/b', 'a b/c', 'a/b/c', ';a=b', '"a/b"'])('%j is none', (text) => {
    expect(parseMediaType(text)).toBeUndefined();
  });

  it('quotes what is no token, and reads back what it wrote', () => {
    const parameters = [
      ['type', 'application/dicom'],
      ['boundary', '0f.-_'],
      ['x', 'a"\\ b'],
      ['empty', ''],
    ] as const;
    const text = formatMediaType('multipart/related', parameters);
    expect(text).toBe('multipart/related; type="application/dicom"; boundary=0f.-_; x="a\\"\\\\ b"; empty=""');
    expect(parseMediaType(text)?.parameters).toEqual(parameters);
    expect(formatMediaType('a/b')).toBe('a/b');
  });

  it('splits outside quotes', () => {
    expect(splitOutsideQuotes('a,"b,\\",c",d', ',')).toEqual(['a', '"b,\\",c"', 'd']);
    expect(splitOutsideQuotes('', ',')).toEqual(['']);
    expect(splitOutsideQuotes('"a,b', ',')).toEqual(['"a,b']);
  });
});
