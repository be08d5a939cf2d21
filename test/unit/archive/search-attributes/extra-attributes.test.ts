import { describe, expect, it } from 'vitest';
import {
  attributeLabel,
  findKey,
  parseExtraAttributes,
} from '../../../../src/archive/search-attributes/extra-attributes';

const one = (item: string) => parseExtraAttributes(item)[0];

describe('a list of search attributes', () => {
  it('names attributes by keyword or tag, in any case, and gives each of them once', () => {
    const list = parseExtraAttributes(' KVP,00181151, xraytubecurrent ,, 00181151 ');
    expect(list.map(({ vr, matching, level }) => [vr, matching, level])).toEqual([
      ['DS', 'decimal', 'instance'],
      ['IS', 'decimal', 'instance'],
    ]);
    expect(list.map(attributeLabel)).toEqual(['KVP', 'XRayTubeCurrent']);
    expect(parseExtraAttributes('')).toEqual([]);
  });

  it('leaves out attributes that are keys of the standard', () => {
    expect(parseExtraAttributes('PatientID, StudyDate, KVP')).toHaveLength(1);
  });

  it('takes the level of the outermost sequence', () => {
    expect(one('PatientAge')?.level).toBe('study');
    expect(one('ProcedureCodeSequence.CodeValue')?.level).toBe('study');
    expect(one('StationName')?.level).toBe('series');
    expect(one('AnatomicRegionSequence.CodeValue')?.level).toBe('instance');
  });

  it('reads private attributes, commas and quotes in their creators', () => {
    const [first, second, third] = parseExtraAttributes(
      '(0019,xx10,"A, ""B"""):DS, ( 0029 , XXa0 , "C.D:E" ).(0029,xx01,"C.D:E") : SH, KVP',
    );
    expect(first?.path).toEqual([{ group: '0019', element: '10', creator: 'A, "B"' }]);
    expect(first && attributeLabel(first)).toBe('(0019,xx10,"A, ""B""")');
    expect(second?.path).toHaveLength(2);
    expect(second).toMatchObject({ vr: 'SH', level: 'instance' });
    expect(third?.vr).toBe('DS');
  });

  it('adds the standard’s keys of Request Attributes Sequence, so that one item has to match all of them', () => {
    expect(parseExtraAttributes('RequestAttributesSequence.RequestedProcedureDescription').map(attributeLabel)).toEqual(
      [
        'RequestAttributesSequence.RequestedProcedureDescription',
        'RequestAttributesSequence.ScheduledProcedureStepID',
        'RequestAttributesSequence.RequestedProcedureID',
      ],
    );
  });

  it('numbers of either sign need no VR', () => {
    expect(one('SmallestImagePixelValue')?.matching).toBe('decimal');
    expect(one('SmallestImagePixelValue:SS')?.vr).toBe('SS');
  });

  it('names the wrong item', () => {
    expect(() => parseExtraAttributes('KVP, Nothing.CodeValue')).toThrow('"Nothing.CodeValue" has a keyword');
    expect(() => parseExtraAttributes('(0019,xx10,"ACME')).toThrow(/neither a keyword nor a tag/);
    expect(() => parseExtraAttributes('KVP:OB')).toThrow('has the VR DS');
    expect(() => parseExtraAttributes(Array(9).fill('ContentSequence').join('.'))).toThrow(/more than 7 sequences/);
    const many = Array.from({ length: 51 }, (_, at) => `(0019,xx${(16 + at).toString(16)},"A"):LO`).join();
    expect(() => parseExtraAttributes(many)).toThrow(/more than 50/);
  });
});

describe('keys', () => {
  const extras = parseExtraAttributes('KVP, (0019,xx10,"A"):DS, (0019,xx10,"B"):DS, (0019,xx11,"B"):LO');

  it('of the standard come first', () => {
    expect(findKey('00100020', extras)?.source.kind).toBe('column');
    expect(findKey('00180060', extras)?.source.kind).toBe('extra');
    expect(findKey('00180050', extras)).toBeUndefined();
  });

  it('a private tag means every creator’s attribute, unless the query names one', () => {
    const names = (path: string, creators?: ReadonlyMap<string, string>) => {
      const source = findKey(path, extras, creators)?.source;
      return source?.kind === 'extra' ? source.names.length : 0;
    };
    expect(names('00191010')).toBe(2);
    expect(names('0019E110')).toBe(2);
    expect(names('00191010', new Map([['00190010', 'B']]))).toBe(1);
    expect(names('00191011', new Map([['00190010', 'A']]))).toBe(0);
    expect(names('00191010', new Map([['00190011', 'A']]))).toBe(2);
    expect(names('00190010')).toBe(0);
  });
});
