import { describe, expect, it } from 'vitest';
import { type AcceptRange, parseAccept, requestedTypes } from '../../../src/http/accept';

const range = (type: string, more: Partial<AcceptRange> = {}): AcceptRange => ({
  type,
  multipart: false,
  transferSyntaxUIDs: [],
  quality: 1,
  ...more,
});
const ANY = range('*/*', { multipart: undefined });

describe('RFC 9110 12.5.1 Accept', () => {
  it('orders by weight, then as sent', () => {
    const list = parseAccept('text/html, a/x;q=0.5, a/y;q=0, a/z;Q=.5, */*;q=0.8, a/v;q=x, a/w;q=7, a/u;q=');
    expect(list.map(({ type, quality }) => [type, quality])).toEqual([
      ['text/html', 1],
      ['a/v', 1],
      ['a/w', 1],
      ['a/u', 1],
      ['*/*', 0.8],
      ['a/x', 0.5],
      ['a/z', 0.5],
      ['a/y', 0],
    ]);
  });

  it.each([
    ['multipart/related; type="application/octet-stream"; transfer-syntax="*"'],
    ['multipart/related; type=application/octet-stream; transfer-syntax=*'],
    ['Multipart/Related;TYPE="Application/Octet-Stream";Transfer-Syntax=*'],
    [', multipart/related ; type = application/octet-stream ; transfer-syntax = * ,,nonsense,'],
  ])('%s', (header) => {
    const expected = range('application/octet-stream', { multipart: true, transferSyntaxUIDs: ['*'] });
    expect(parseAccept(header)).toEqual([expected]);
  });

  it('several transfer syntaxes, as OHIF sends with requestTransferSyntaxUID', () => {
    const header =
      'multipart/related; type="image/jls"; transfer-syntax=1.2.840.10008.1.2.4.80; transfer-syntax="*"; q=0.5';
    const transferSyntaxUIDs = ['1.2.840.10008.1.2.4.80', '*'];
    expect(parseAccept(header)).toEqual([range('image/jls', { multipart: true, transferSyntaxUIDs, quality: 0.5 })]);
  });

  it('multipart without a type is multipart of any', () => {
    expect(parseAccept('multipart/related, multipart/*, multipart/related; type="*/*"')).toEqual(
      Array.from({ length: 3 }, () => range('*/*', { multipart: true })),
    );
    expect(parseAccept('*/*')).toEqual([ANY]);
  });

  it('commas inside quotes do not part members', () => {
    expect(parseAccept('a/b; x="1,2", c/d').map(({ type }) => type)).toEqual(['a/b', 'c/d']);
  });
});

describe('PS3.18 8.3.3.1 the accept query parameter', () => {
  const ask = (query: string, accept?: string) =>
    requestedTypes(
      new Request(`https://pacs.example/frames/1${query}`, { headers: accept === undefined ? {} : { Accept: accept } }),
    );

  it('replaces the header', () => {
    const header = 'multipart/related; type="application/octet-stream"';
    expect(ask('?accept=image/jpeg', header)).toEqual([range('image/jpeg')]);
    expect(ask('?ACCEPT=image%2Fjpeg', header)).toEqual([range('image/jpeg')]);
    expect(ask('?x=1&%61ccept=image/jpeg', header)).toEqual([range('image/jpeg')]);
    expect(ask('?x=%2C&Accept=image/jpeg', header)).toEqual([range('image/jpeg')]);
    expect(ask('?PatientName=accept&unaccept=image/jpeg', header)).toEqual(parseAccept(header));
    expect(ask('?accept=', header)).toEqual(parseAccept(header));
  });

  it('may be a list, encoded or not, and be repeated', () => {
    const multipart = range('application/octet-stream', { multipart: true, transferSyntaxUIDs: ['*'] });
    const plain = 'multipart/related; type="application/octet-stream"; transfer-syntax=*';
    for (const query of [
      `?accept=${plain}`,
      `?accept=${encodeURIComponent(plain)}`,
      `?${new URLSearchParams({ accept: plain })}`,
    ]) {
      expect(ask(query), query).toEqual([multipart]);
    }
    const both = [range('application/dicom+json'), multipart];
    expect(ask(`?accept=application/dicom%2Bjson,${encodeURIComponent(plain)}`)).toEqual(both);
    expect(ask(`?accept=application/dicom+json&accept=${plain}`)).toEqual(both);
  });

  it('a plus sign that was not encoded is one', () => {
    for (const query of ['application/dicom+json', 'application/dicom+json;q=1', 'application/dicom+json,']) {
      expect(ask(`?accept=${query}`)).toEqual([range('application/dicom+json')]);
    }
    const [inner] = ask('?accept=multipart/related;type="application/dicom+xml"');
    expect(inner?.type).toBe('application/dicom+xml');
  });

  it('neither one nor the other is anything', () => {
    for (const accept of [undefined, '', ' , ']) expect(ask('', accept)).toEqual([ANY]);
    expect(ask('', 'nonsense')).toEqual([]);
  });
});
