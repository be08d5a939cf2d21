import { describe, expect, it } from 'vitest';
import { contentRange, parseRange, unsatisfiedRange } from '../../../src/http/byte-range';
import { conditionsOf, ifRangeMatches } from '../../../src/http/conditional';
import { HttpProblem, problemResponse } from '../../../src/http/problem';
import { queryParameters } from '../../../src/http/query-parameters';

describe('RFC 9110 13 conditional requests', () => {
  const unchanged = (value: string | undefined, etag = '"a"') =>
    conditionsOf(new Headers(value === undefined ? {} : { 'If-None-Match': value }), etag) === 'not-modified';
  const ranged = (value: string | undefined, etag = '"a"') =>
    ifRangeMatches(new Headers(value === undefined ? {} : { 'If-Range': value }), etag);

  it('13.1.2 If-None-Match: lists, any, weak comparison', () => {
    for (const value of ['"a"', ' "x" , "a"', 'W/"a"', '"x,\\",W/"a"', '*', ' * ', '"","a"']) {
      expect(unchanged(value), value).toBe(true);
    }
    for (const value of [undefined, '', '"b"', 'a', '"a', '"A"', 'W/"b", "aa"', '"*"']) {
      expect(unchanged(value), value).toBe(false);
    }
    expect(unchanged('"a"', 'W/"a"')).toBe(true);
  });

  it('13.1.5 If-Range: strong comparison, no dates', () => {
    expect(ranged(undefined)).toBe(true);
    expect(ranged(' "a" ')).toBe(true);
    for (const value of ['W/"a"', '"b"', 'Tue, 15 Nov 1994 12:45:26 GMT', '']) expect(ranged(value), value).toBe(false);
    expect(ranged('W/"a"', 'W/"a"')).toBe(false);
  });
});

describe('RFC 9110 14 ranges', () => {
  it.each([
    ['bytes=0-0', { offset: 0, length: 1 }],
    ['bytes=0-65535', { offset: 0, length: 100 }],
    ['bytes=10-19', { offset: 10, length: 10 }],
    ['Bytes = 10 - 19 ', { offset: 10, length: 10 }],
    ['bytes=99-', { offset: 99, length: 1 }],
    ['bytes=-1', { offset: 99, length: 1 }],
    ['bytes=-1000', { offset: 0, length: 100 }],
    ['bytes=5-99999999999999999999999', { offset: 5, length: 95 }],
    ['bytes=100-', 'unsatisfiable'],
    ['bytes=99999999999999999999999-', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=2-1', 'whole'],
    ['bytes=0-1,5-6', 'whole'],
    ['bytes=-', 'whole'],
    ['bytes=a-b', 'whole'],
    ['bytes=--1', 'whole'],
    ['frames=0-1', 'whole'],
    ['0-1', 'whole'],
    ['', 'whole'],
    [null, 'whole'],
    [undefined, 'whole'],
  ])('%s of 100', (header, expected) => {
    expect(parseRange(header, 100)).toEqual(expected);
  });

  it('no range of an empty representation can be satisfied', () => {
    expect(parseRange('bytes=0-', 0)).toBe('unsatisfiable');
    expect(parseRange('bytes=-5', 0)).toBe('unsatisfiable');
    expect(parseRange(null, 0)).toBe('whole');
  });

  it('Content-Range of a 206 and of a 416', () => {
    expect(contentRange({ offset: 10, length: 10 }, 100)).toBe('bytes 10-19/100');
    expect(unsatisfiedRange(100)).toBe('bytes */100');
  });
});

describe('RFC 9457 problems', () => {
  it('tells status, title, code and detail', async () => {
    const problem = new HttpProblem('method-not-allowed', 'Studies are searched by GET.', { Allow: 'GET, POST' });
    expect(problem.status).toBe(405);
    const response = problemResponse(problem);
    expect(response.status).toBe(405);
    expect(response.headers.get('Content-Type')).toBe('application/problem+json');
    expect(response.headers.get('Allow')).toBe('GET, POST');
    expect(response.headers.get('Cache-Control')).toBe('no-store');
    expect(await response.json()).toEqual({
      type: 'https://www.rfc-editor.org/rfc/rfc9110#section-15.5.6',
      title: 'Method Not Allowed',
      status: 405,
      code: 'method-not-allowed',
      detail: 'Studies are searched by GET.',
    });
  });
});

describe('PS3.18 8.3 query parameters', () => {
  it('keeps order and repeats; reserved names in lower case; what has no name is left out', () => {
    const query = '?&includeField=00080020&PatientName=A%5EB+C&&=x&includefield=all&fuzzyMatching=true&00100020=1&flag';
    expect(queryParameters(`https://pacs.example/studies${query}`)).toEqual([
      ['includefield', '00080020'],
      ['PatientName', 'A^B C'],
      ['includefield', 'all'],
      ['fuzzymatching', 'true'],
      ['00100020', '1'],
      ['flag', ''],
    ]);
    expect(queryParameters('https://pacs.example/studies')).toEqual([]);
    expect(queryParameters('https://pacs.example/studies?a=1#b?c=2')).toEqual([['a', '1']]);
    expect(queryParameters('https://pacs.example/studies#b?c=2')).toEqual([]);
    expect(queryParameters('https://pacs.example/studies?a=%zz&b=%ff')).toEqual([
      ['a', '%zz'],
      ['b', '\ufffd'],
    ]);
  });
});
