import { describe, expect, it } from 'vitest';
import type { QueryLevel } from '../../../../src/archive/search/search-keys';
import { SEARCH_KEYS } from '../../../../src/archive/search/search-keys';
import { keywordOfTag } from '../../../../src/dicom/dictionary/dictionary';
import { parseSearch } from '../../../../src/dicomweb/qido/qido-query';
import { HttpProblem } from '../../../../src/http/problem';

const LIMITS = { searchDefault: 100, searchMaximum: 1000, searchWithinStudy: 50_000 };

function parse(query: string, level: QueryLevel = 'instance') {
  return parseSearch({ level }, new URLSearchParams(query), LIMITS);
}

/** The message of the 400 that the query is answered with. */
function refused(query: string, level?: QueryLevel): string {
  try {
    parse(query, level);
  } catch (error) {
    expect(error).toBeInstanceOf(HttpProblem);
    return (error as Error).message;
  }
  throw new Error(`${query} was let through`);
}

describe('PS3.18 8.3.4.1: attributes by keyword and by tag', () => {
  for (const { path: tag, matching } of SEARCH_KEYS) {
    const keyword = tag.split('.').map(keywordOfTag).join('.');
    const value = {
      date: '20240101',
      time: '1030',
      datetime: '20240101103000',
      number: '1',
      decimal: '1.5',
      uid: '1.2',
      text: 'A',
      caseless: 'A',
      name: 'A',
      modalities: 'CT',
    }[matching];
    it(`${keyword} is ${tag}`, () => {
      const byTag = parse(`${tag}=${value}`).request;
      expect(byTag.matches).toHaveLength(1);
      expect(byTag.matches[0]!.key.path).toBe(tag);
      expect(parse(`${keyword}=${value}`).request).toEqual(byTag);
      expect(parse(`${tag.toLowerCase()}=${value}`).request).toEqual(byTag);
      expect(parse(`${keyword.toLowerCase()}=${value}`).request).toEqual(byTag);
    });
  }

  it('takes a path of mixed names', () => {
    const tag = '00400275.00400009';
    expect(parse('RequestAttributesSequence.00400009=a').request.matches[0]!.key.path).toBe(tag);
    expect(parse('00400275.ScheduledProcedureStepID=a').request.matches[0]!.key.path).toBe(tag);
  });

  it('refuses names that are none, without quoting what cannot be one', () => {
    expect(refused('PatientNames=DOE')).toBe('PatientNames is neither a keyword nor a tag of DICOM.');
    for (const tag of ['0010,0020', '(0010,0020)', '0010 0020', '0010:0020']) {
      expect(refused(`${encodeURIComponent(tag)}=Q1`)).toMatch(/is neither a keyword nor a tag of DICOM/);
    }
    expect(refused('Patient_Name=DOE')).toContain('neither');
    expect(refused('PatientName.=DOE')).toContain('neither');
    expect(refused('DOE%5EJOHN=1')).not.toContain('DOE');
    expect(refused('RequestAttributesSequence.=1')).toContain('neither');
  });

  it('refuses an attribute given twice, by whichever of its names', () => {
    expect(refused('PatientID=1&PatientID=2')).toContain('twice');
    expect(refused('PatientID=1&00100020=2')).toContain('twice');
  });

  it('refuses ill-formed values and does not quote them', () => {
    for (const query of ['StudyDate=31122024', 'StudyTime=99', 'SeriesNumber=one', 'StudyInstanceUID=1.2.*']) {
      const message = refused(query);
      expect(message).toContain(query.split('=')[0]);
      expect(message).not.toContain(query.split('=')[1]);
    }
  });
});

describe('PS3.18 10.6.1.2.3: keys by level', () => {
  it('a key of an upper level matches below', () => {
    expect(parse('PatientID=1&Modality=CT', 'instance').request.matches).toHaveLength(2);
    expect(parse('PatientID=1', 'series').warnings).toEqual([]);
  });

  it('a key of a lower level matches what holds such an entity', () => {
    const { request, warnings } = parse('Modality=CT&SOPInstanceUID=1.2', 'study');
    expect(request.matches.map(({ key }) => key.path)).toEqual(['00080060', '00080018']);
    expect(warnings).toEqual([]);
  });

  it('a known attribute that cannot be matched does not restrict, and the answer warns', () => {
    const { request, warnings } = parse('PatientWeight=70&00091001=x', 'study');
    expect(request.matches).toEqual([]);
    expect(warnings).toHaveLength(2);
    expect(warnings[0]).toBe('The attribute 00101030 is not supported as a matching key here. The search ignores it.');
    expect(request.include.tags).toEqual(['00101030', '00091001']);
  });

  it('universal matching is no restriction and no warning (PS3.4 C.2.2.2.3)', () => {
    const { request, warnings } = parse('PatientName=&StudyDescription=*&PatientWeight=&StudyDate=*', 'study');
    expect(request.matches).toEqual([]);
    expect(warnings).toEqual([]);
    expect(request.include.tags).toEqual(['00100010', '00081030', '00101030', '00080020']);
  });
});

describe('PS3.18 8.3.4.3: includefield', () => {
  it('is repeated, a list, keywords, tags, paths', () => {
    const { include } = parse(
      'includefield=00081030,PatientAge&includefield=00400275.00400009,,&includefield=',
    ).request;
    expect(include).toEqual({ all: false, tags: ['00081030', '00101010', '00400275'] });
  });
  it('leaves out what is not known, and says so', () => {
    const { request, warnings } = parse('includefield=Nothing,00081030');
    expect(request.include).toEqual({ all: false, tags: ['00081030'] });
    expect(warnings).toEqual(['An attribute of includefield is not known. It is not in the answer.']);
  });
  it('is all', () => expect(parse('includefield=all').request.include.all).toBe(true));
});

describe('PS3.18 8.3.4.4: limit and offset', () => {
  it('have defaults and a maximum', () => {
    expect(parse('').request).toMatchObject({ limit: 100, offset: 0 });
    expect(parse('limit=&offset=').request).toMatchObject({ limit: 100, offset: 0 });
    expect(parse('limit=101&offset=7').request).toMatchObject({ limit: 101, offset: 7 });
    expect(parse(`limit=5000&offset=${'9'.repeat(30)}`).request).toMatchObject({ limit: 1000, offset: 2 ** 53 - 1 });
    expect(parse('limit=0').request.limit).toBe(0);
  });
  it.each(['limit=many', 'limit=-1', 'limit=1.5', 'offset=x', 'limit=1&limit=2'])('%s is refused', (query) => {
    refused(query);
  });
});

describe('PS3.18 8.3.4.2, 8.3.4.5, 8.3.4.6: kinds of matching that are asked for', () => {
  it.each(['fuzzymatching', 'emptyvaluematching', 'multiplevaluematching'])('%s is true or false', (name) => {
    for (const value of ['true', 'false', 'TRUE', '']) expect(parse(`${name}=${value}`).warnings).toEqual([]);
    expect(refused(`${name}=maybe`)).toContain(name);
    expect(refused(`${name}=true&${name}=true`)).toContain('twice');
  });

  it('fuzzy matching is asked for by true alone', () => {
    expect(parse('fuzzymatching=true').request.fuzzyMatching).toBe(true);
    expect(parse('fuzzymatching=false').request.fuzzyMatching).toBe(false);
    expect(parse('').request.fuzzyMatching).toBe(false);
  });

  it('empty and multiple values', () => {
    const value = (query: string) => parse(query).request.matches[0]!.value;
    expect(value('emptyvaluematching=true&PatientID=""')).toEqual({ kind: 'empty' });
    expect(value('PatientID=""')).toEqual({ kind: 'single', value: '""' });
    expect(value('ModalitiesInStudy=CT\\PT&multiplevaluematching=true')).toEqual({ kind: 'all', values: ['CT', 'PT'] });
    expect(value('ModalitiesInStudy=CT\\PT')).toEqual({ kind: 'list', values: ['CT', 'PT'] });
    expect(refused('ModalitiesInStudy=CT\\P*&multiplevaluematching=true')).toContain('ModalitiesInStudy');
  });
});

describe('PS3.4 C.2.2.2: Timezone Offset From UTC', () => {
  it('says what zone the dates and times asked for are of, and is no key', () => {
    const { request, warnings } = parse('TimezoneOffsetFromUTC=%2B0130&StudyDate=20240101');
    expect(request.timezoneOffset).toBe(90);
    expect(request.matches).toHaveLength(1);
    expect(warnings).toEqual([]);
    expect(parse('00080201=-0500').request.timezoneOffset).toBe(-300);
    expect(parse('00080201=+0130').request.timezoneOffset).toBe(90);
    expect(parse('00080201=').request.timezoneOffset).toBeUndefined();
    expect(parse('00080201=').request.include.tags).toEqual(['00080201']);
  });
  it.each(['Europe/Berlin', '+1', '+0160', '+1500', '-1300', 'Z'])('%s is ill-formed', (zone) => {
    expect(refused(`TimezoneOffsetFromUTC=${encodeURIComponent(zone)}`)).toContain('TimezoneOffsetFromUTC');
  });
});

describe('orderby, which this server adds (PS3.18 8.3)', () => {
  const order = (value: string, level?: QueryLevel) =>
    parse(`orderby=${value}`, level).request.orderBy.map(({ key, descending }) => [key.path, descending]);
  it('is a list of attributes; a minus turns one around', () => {
    expect(order('StudyDate,-PatientName')).toEqual([
      ['00080020', false],
      ['00100010', true],
    ]);
    expect(order('-00080020, +Modality')).toEqual([
      ['00080020', true],
      ['00080060', false],
    ]);
    expect(order('')).toEqual([]);
  });
  it('refuses what is no attribute; warns of what is not indexed or differs within a result', () => {
    expect(refused('orderby=Name')).toContain('orderby');
    const { request, warnings } = parse('orderby=PatientWeight,StudyDate,Modality,00400275.00400009', 'study');
    expect(request.orderBy).toHaveLength(1);
    expect(warnings).toHaveLength(3);
    expect(warnings[0]).toContain('00101030');
  });
});

describe('count, which this server adds', () => {
  it('is true or false', () => {
    expect(parse('count=true').count).toBe(true);
    expect(parse('count=false').count).toBe(false);
    expect(parse('').count).toBe(false);
    expect(refused('count=all')).toContain('count');
  });
});

describe('PS3.18 8.3: what is not supported is ignored, and the answer says so', () => {
  it('parameters that are no attributes', () => {
    const { request, warnings } = parse('returnempty=false&_=1700000000&PatientID=1');
    expect(request.matches).toHaveLength(1);
    expect(warnings).toEqual([
      'returnempty is not supported. The search ignores it.',
      'A query parameter is not supported. The search ignores it.',
    ]);
  });
  it('in so many words and no more', () => {
    const many = Array.from({ length: 500 }, (_, at) => `p${at}=1`).join('&');
    const { warnings } = parse(many);
    expect(warnings).toHaveLength(21);
    expect(warnings.at(-1)).toBe('There are 480 more warnings.');
    const few = parse(many.split('&').slice(0, 21).join('&')).warnings;
    expect(few.at(-1)).toBe('There is 1 more warning.');
  });
});

describe('PS3.18 8.3.4.3: private attributes', () => {
  it('a Private Creator says whose the block is, and is no key', () => {
    const { request, warnings } = parse('00090010=ACME&includefield=00091001');
    expect(request.matches).toEqual([]);
    expect(warnings).toEqual([]);
    expect(request.include).toEqual({
      all: false,
      tags: ['00091001'],
      privateCreators: new Map([['00090010', 'ACME']]),
    });
  });
  it('a key may be private, given a finder that knows it', () => {
    const asked: unknown[] = [];
    const finder = (path: string, creators: ReadonlyMap<string, string>) => {
      asked.push([path, [...creators]]);
      return undefined;
    };
    parseSearch({ level: 'instance' }, new URLSearchParams('00091001=x&00090010=ACME'), LIMITS, finder);
    expect(asked).toEqual([['00091001', [['00090010', 'ACME']]]]);
  });
});

it('parameters without a name are nobody’s (?&, as Weasis sends)', () => {
  expect(parse('&includefield=00081030&=&').request.include.tags).toEqual(['00081030']);
});
