import { describe, expect, it } from 'vitest';
import { SEARCH_KEYS } from '../../../src/archive/attributes';
import type { QueryLevel } from '../../../src/archive/search-query';
import { keywordOfTag } from '../../../src/dicom/dictionary';
import { HttpProblem } from '../../../src/dicomweb/problem';
import { parseSearch } from '../../../src/dicomweb/qido-query';

const LIMITS = { searchDefault: 100, searchMaximum: 1000 };

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
    const value = { date: '20240101', time: '1030', number: '1', uid: '1.2', text: 'A', name: 'A', modalities: 'CT' }[
      matching
    ];
    it(`${keyword} is ${tag}`, () => {
      const byTag = parse(`${tag}=${value}`).request;
      expect(byTag.matches).toHaveLength(1);
      expect(byTag.matches[0]!.key.path).toBe(tag);
      expect(parse(`${keyword}=${value}`).request).toEqual(byTag);
      expect(parse(`${tag.toLowerCase()}=${value}`).request).toEqual(byTag);
    });
  }

  it('takes a path of mixed names', () => {
    const tag = '00400275.00400009';
    expect(parse('RequestAttributesSequence.00400009=a').request.matches[0]!.key.path).toBe(tag);
    expect(parse('00400275.ScheduledProcedureStepID=a').request.matches[0]!.key.path).toBe(tag);
  });

  it('refuses names that are none, without quoting what cannot be one', () => {
    expect(refused('PatientNames=DOE')).toBe('PatientNames is neither a keyword nor a tag of DICOM.');
    expect(refused('patientname=DOE')).toContain('patientname');
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

  it('a known attribute that cannot be matched does not restrict, and the answer warns', () => {
    const { request, warnings } = parse('Modality=CT&PatientBirthDate=19700101&00091001=x', 'study');
    expect(request.matches).toEqual([]);
    expect(warnings).toHaveLength(3);
    expect(warnings[1]).toBe(
      'The attribute 00100030 is not supported as a matching key here. It has not been matched.',
    );
    expect(request.include.tags).toEqual(['00080060', '00100030', '00091001']);
  });

  it('universal matching is no restriction and no warning (PS3.4 C.2.2.2.3)', () => {
    const { request, warnings } = parse('PatientName=&StudyDescription=*&PatientBirthDate=&StudyDate=*', 'study');
    expect(request.matches).toEqual([]);
    expect(warnings).toEqual([]);
    expect(request.include.tags).toEqual(['00100010', '00081030', '00100030', '00080020']);
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
  it.each(['limit=many', 'limit=-1', 'limit=1.5', 'offset=x', 'limit=1&limit=2'])('%s is refused', (query) =>
    refused(query),
  );
});

describe('PS3.18 8.3.4.2: fuzzymatching', () => {
  it('false is nothing; true is answered with the standard’s warning until it is done', () => {
    expect(parse('fuzzymatching=false').warnings).toEqual([]);
    expect(parse('fuzzymatching=true').warnings).toEqual([
      'The fuzzymatching parameter is not supported. Only literal matching has been performed.',
    ]);
    expect(refused('fuzzymatching=maybe')).toContain('fuzzymatching');
  });
});

it('parameters without a name are nobody’s (?&, as Weasis sends)', () => {
  expect(parse('&includefield=00081030&=&').request.include.tags).toEqual(['00081030']);
});
