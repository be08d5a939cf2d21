import { describe, expect, it } from 'vitest';
import type { DicomJson, DicomJsonValue } from '../../../src/dicom/json/json-model';
import { contentSteps, type ReportReference } from '../../../src/dicom/reports/report-content';
import { reportHTMLSteps } from '../../../src/dicom/reports/report-html';
import { reportTextSteps } from '../../../src/dicom/reports/report-text';
import { finished } from '../../../src/dicom/steps';
import { corpusFile, STORABLE_CORPUS_FILES } from '../../support/files/sample-files';
import { read } from './build';

const reportHTML = (dataSet: DicomJson, uriOf: (reference: ReportReference) => string | undefined = () => undefined) =>
  finished(reportHTMLSteps(dataSet, uriOf));
const reportText = (dataSet: DicomJson) => finished(reportTextSteps(dataSet));

const code = (value: string, meaning: string, scheme = 'DCM'): DicomJson => ({
  '00080100': { vr: 'SH', Value: [value] },
  '00080102': { vr: 'SH', Value: [scheme] },
  '00080104': { vr: 'LO', Value: [meaning] },
});
const sequence = (...items: DicomJson[]) => ({ vr: 'SQ', Value: items });
const one = (vr: string, ...Value: DicomJsonValue[]) => ({ vr, Value });

/** A content item. */
function item(type: string, name: string, more: DicomJson = {}, relationship = 'CONTAINS'): DicomJson {
  return {
    '0040A010': one('CS', relationship),
    '0040A040': one('CS', type),
    ...(name !== '' && { '0040A043': sequence(code('1', name)) }),
    ...more,
  };
}
const within = (...items: DicomJson[]): DicomJson => ({ '0040A730': sequence(...items) });
const reference = (uid: string, more: DicomJson = {}): DicomJson => ({
  '00081199': sequence({ '00081150': one('UI', '1.2.840.10008.5.1.4.1.1.2'), '00081155': one('UI', uid), ...more }),
});

const VALUES: readonly [type: string, more: DicomJson, text: string][] = [
  ['TEXT', { '0040A160': one('UT', 'first line\r\nsecond <line> & "more"') }, 'first line\nsecond <line> & "more"'],
  ['CODE', { '0040A168': sequence(code('T-D0050', 'Tissue', 'SRT')) }, 'Tissue'],
  [
    'NUM',
    { '0040A300': sequence({ '0040A30A': one('DS', 12.5), '004008EA': sequence(code('mm', 'millimetre', 'UCUM')) }) },
    '12.5 mm',
  ],
  [
    'NUM',
    { '0040A300': sequence({ '0040A30A': one('DS', 3), '004008EA': sequence(code('{lesions}', 'lesions', 'UCUM')) }) },
    '3 lesions',
  ],
  [
    'NUM',
    {
      '0040A300': sequence({
        '0040A162': one('SL', 1),
        '0040A163': one('UL', 3),
        '004008EA': sequence(code('1', 'no units', 'UCUM')),
      }),
    },
    '1/3',
  ],
  [
    'NUM',
    { '0040A300': { vr: 'SQ' }, '0040A301': sequence(code('114009', 'Value out of range')) },
    'Value out of range',
  ],
  [
    'PNAME',
    { '0040A123': one('PN', { Alphabetic: 'Yamada^Tarou^^Dr', Ideographic: '山田^太郎' }) },
    'Yamada, Tarou, Dr (山田, 太郎)',
  ],
  ['DATE', { '0040A121': one('DA', '20240229') }, '2024-02-29'],
  ['TIME', { '0040A122': one('TM', '101530.25') }, '10:15:30.25'],
  ['DATETIME', { '0040A120': one('DT', '20240229101530.5+0130') }, '2024-02-29 10:15:30.5 +01:30'],
  ['UIDREF', { '0040A124': one('UI', '1.2.3.99') }, '1.2.3.99'],
  [
    'SCOORD',
    { '00700023': one('CS', 'POLYLINE'), '00700022': one('FL', 1, 2.5, 0.10000000149011612, 4) },
    'POLYLINE (1, 2.5) (0.1, 4)',
  ],
  [
    'SCOORD3D',
    { '00700023': one('CS', 'POINT'), '00700022': one('FL', 1, 2, -3), '30060024': one('UI', '1.2.7') },
    'POINT (1, 2, -3) in frame of reference 1.2.7',
  ],
  ['TCOORD', { '0040A130': one('CS', 'SEGMENT'), '0040A138': one('DS', 1, 2.5) }, 'SEGMENT offsets 1 s, 2.5 s'],
  ['TCOORD', { '0040A130': one('CS', 'POINT'), '0040A132': one('UL', 7) }, 'POINT samples 7'],
  [
    'IMAGE',
    reference('1.2.5', { '00081160': one('IS', 2, 3), '00081199': sequence({ '00081155': one('UI', '1.2.6') }) }),
    'Image 1.2.5, frame 2, 3, presentation state 1.2.6',
  ],
  ['IMAGE', reference('1.2.5', { '0062000B': one('US', 4) }), 'Image 1.2.5, segment 4'],
  ['WAVEFORM', reference('1.2.8', { '0040A0B0': one('US', 1, 2, 1, 3) }), 'Waveform 1.2.8, channel 1/2, 1/3'],
  ['COMPOSITE', reference('1.2.9'), 'Object 1.2.9'],
];

const REPORT: DicomJson = {
  '00080018': one('UI', '1.2.3.1'),
  '00080023': one('DA', '20240301'),
  '00100010': one('PN', { Alphabetic: 'Doe^Jane' }),
  '00100020': one('LO', 'ID<1>'),
  '0040A040': one('CS', 'CONTAINER'),
  '0040A043': sequence(code('18748-4', 'Diagnostic <Imaging> Report', 'LN')),
  '0040A491': one('CS', 'COMPLETE'),
  '0040A493': one('CS', 'VERIFIED'),
  '0040A073': sequence({
    '0040A075': one('PN', { Alphabetic: 'Roe^Ann' }),
    '0040A027': one('LO', 'Clinic'),
    '0040A030': one('DT', '20240302'),
  }),
  '0040A375': sequence({
    '0020000D': one('UI', '1.9'),
    '00081115': sequence({ '0020000E': one('UI', '1.9.1'), '00081199': sequence({ '00081155': one('UI', '1.2.5') }) }),
  }),
  ...within(
    item(
      'CODE',
      'Language of Content Item and Descendants',
      {
        '0040A043': sequence(code('121049', 'Language')),
        '0040A168': sequence(code('de-CH', 'German', 'RFC5646')),
      },
      'HAS CONCEPT MOD',
    ),
    item('CONTAINER', 'Findings', within(...VALUES.map(([type, more], at) => item(type, `Name ${at}`, more)))),
    item('CONTAINER', '', within(item('TEXT', '', { '0040A160': one('UT', 'unnamed') }, 'HAS PROPERTIES'))),
    { '0040A010': one('CS', 'INFERRED FROM'), '0040DB73': one('UL', 1, 2, 3) },
  ),
};

/** Elements in the order in which they open, with their contents; throws when they are not closed in order. */
function checkedText(html: string): string {
  const open: string[] = [];
  let text = '';
  for (const [, tag = '', name = '', characters = ''] of html.matchAll(
    /<(\/?([a-z0-9]+)(?: [^<>]*)?)>|([^<]+)|<!DOCTYPE html>/g,
  )) {
    if (characters !== '') text += characters;
    else if (tag.startsWith('/')) expect(open.pop()).toBe(name);
    else if (name !== '' && name !== 'meta') open.push(name);
  }
  expect(open).toEqual([]);
  return text.replace(
    /&(amp|lt|gt|quot|#39);/g,
    (_, entity: string) => ({ amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" })[entity]!,
  );
}

describe('an SR document as HTML (PS3.3 A.35)', () => {
  const html = reportHTML(REPORT, ({ sopInstanceUID, studyInstanceUID, seriesInstanceUID }) =>
    studyInstanceUID === undefined ? undefined : `/${studyInstanceUID}/${seriesInstanceUID}/${sopInstanceUID}?a=1&b="`,
  );
  const text = checkedText(html);

  it.each(VALUES.map(([type, , value], at) => [type, value, at] as const))('has a %s as %j', (_, value, at) => {
    expect(text).toContain(`Name ${at}: ${value}\n`);
  });

  it('has a header, and headings at the depth of its containers', () => {
    for (const row of ['Doe, Jane', 'ID<1>', '2024-03-01', 'COMPLETE', 'VERIFIED', 'Roe, Ann, Clinic, 2024-03-02'])
      expect(text).toContain(row);
    expect(html).toMatch(/<h1><span title="\(18748-4, LN\)">Diagnostic &lt;Imaging&gt; Report<\/span><\/h1>/);
    expect(html).toMatch(/<h2>.*Findings.*<\/h2>/);
    expect(html).toContain('<title>Diagnostic &lt;Imaging&gt; Report</title>');
    expect(html).toContain('<main lang="de-CH">');
    expect(html).toContain('<meta charset="utf-8">');
  });

  it('links instances that its evidence locates, and names the others', () => {
    expect(html).toContain('<a href="/1.9/1.9.1/1.2.5?a=1&amp;b=&quot;" lang="en">Image 1.2.5, frame 2, 3');
    expect(html).toContain('<span lang="en">Object 1.2.9</span>');
  });

  it('shows an item that refers to another as a link to it', () => {
    expect(html).toContain('<a href="#item-1.2.3" lang="en">item 1.2.3</a>');
    expect(html).toContain('id="item-1.2.3"');
  });

  it('escapes markup in values', () => {
    const hostile = "\"><script>alert(1)</script><img src=x onerror='y'>\u0000\u0007\ud800";
    const everywhere = JSON.parse(
      JSON.stringify(REPORT, (key, value) =>
        typeof value === 'string' && key !== 'vr' && value !== 'CONTAINER' ? value + hostile : value,
      ),
    );
    const page = reportHTML(everywhere, () => `javascript:${hostile}`);
    expect(page).not.toMatch(/<script|<img|[\x00-\x08]|\ud800/);
    expect(new Set(page.match(/<[a-z0-9]+/g))).toEqual(new Set(html.match(/<[a-z0-9]+/g)));
    checkedText(page);
  });

  it('is a valid page even for an empty data set', () => {
    expect(checkedText(reportHTML({}))).toContain('Report');
    expect(reportText({})).toBe('Report\n');
  });
});

describe('an SR document as text', () => {
  const text = reportText(REPORT);

  it('has every value, indented by its depth', () => {
    for (const [at, [, , value]] of VALUES.entries()) {
      expect(text).toContain(`\n    Name ${at}: ${value.replaceAll('\n', '\n      ')}\n`);
    }
    expect(text).toContain('\nDiagnostic <Imaging> Report\n  (modifier) Language: German\n');
    expect(text).toContain('\n  Section\n    (property) unnamed\n  (inferred from) item 1.2.3\n');
    expect(text).toMatch(/^Patient: Doe, Jane\nPatient ID: ID<1>\n/);
  });

  it('has no control characters that a terminal would obey', () => {
    const hostile = item('TEXT', 'a\u001b[2J', { '0040A160': one('UT', 'b\u0007\rc') });
    expect(reportText({ ...REPORT, ...within(hostile) })).not.toMatch(/[\x00-\x09\x0b-\x1f]/);
  });
});

describe('trees of any size', () => {
  it('thousands of levels do not overflow the stack', () => {
    let deepest: DicomJson = item('TEXT', 'Deepest', { '0040A160': one('UT', 'the bottom') });
    for (let level = 0; level < 5000; level += 1) deepest = item('CONTAINER', `Level ${level}`, within(deepest));
    const report = { ...REPORT, ...within(deepest) };
    expect(reportText(report)).toContain('the bottom');
    const html = reportHTML(report);
    expect(checkedText(html)).toContain('the bottom');
    expect(html).not.toMatch(/<h[7-9]/);
  });

  it('a long list lets other work run, and gives the same text', () => {
    const rows = Array.from({ length: 4000 }, (_, n) => item('TEXT', `Row ${n}`, { '0040A160': one('UT', 'x') }));
    const report = { ...REPORT, ...within(...rows) };
    for (const [steps, whole] of [
      [reportHTMLSteps(report, () => undefined), reportHTML(report)],
      [reportTextSteps(report), reportText(report)],
    ] as const) {
      let pieces = 1;
      let step = steps.next();
      for (; step.done !== true; step = steps.next()) pieces += 1;
      expect(pieces).toBeGreaterThan(10);
      expect(step.value).toBe(whole);
    }
  });

  it('a Key Object Selection (PS3.3 A.35.4)', () => {
    const selection = {
      '0040A040': one('CS', 'CONTAINER'),
      '0040A043': sequence(code('113000', 'Of Interest')),
      ...within(
        item('TEXT', 'Key Object Description', { '0040A160': one('UT', 'look') }),
        ...['1.1', '1.2'].map((uid) => item('IMAGE', '', reference(uid))),
      ),
    };
    const seen: ReportReference[] = [];
    reportHTML(selection, (each) => {
      seen.push(each);
      return undefined;
    });
    expect(seen.map(({ sopInstanceUID }) => sopInstanceUID)).toEqual(['1.1', '1.2']);
    expect(reportText(selection)).toBe('Of Interest\n  Key Object Description: look\n  Image 1.1\n  Image 1.2\n');
  });
});

describe('reports of a corpus', () => {
  /** Texts, names, numbers and references of a content tree, collected without the code under test. */
  function* facts(data: DicomJson): Generator<string> {
    for (const tag of ['0040A160', '0040A124', '0040A30A'] as const) {
      for (const value of data[tag]?.Value ?? []) if (value !== null) yield String(value);
    }
    for (const tag of ['0040A043', '0040A168', '0040A301']) {
      for (const each of (data[tag]?.Value ?? []) as DicomJson[]) yield String(each['00080104']?.Value?.[0] ?? '');
    }
    for (const each of (data['00081199']?.Value ?? []) as DicomJson[]) yield String(each['00081155']?.Value?.[0] ?? '');
    for (const each of (data['0040A300']?.Value ?? []) as DicomJson[]) yield* facts(each);
    for (const each of (data['0040A730']?.Value ?? []) as DicomJson[]) yield* facts(each);
  }

  it('lose no content item, and nothing that it says', () => {
    for (const name of STORABLE_CORPUS_FILES) {
      const parsed = read(corpusFile(name));
      if (!parsed.sopClassUID.startsWith('1.2.840.10008.5.1.4.1.1.88.')) continue;
      const dataSet = JSON.parse(parsed.json.replaceAll('\u0001', '')) as DicomJson;
      const items = JSON.stringify(dataSet).match(/"0040A010":/g)?.length ?? 0;
      expect([...contentSteps(dataSet)].filter(({ kind }) => kind === 'open').length, name).toBe(items + 1);
      const html = checkedText(reportHTML(dataSet)).replace(/\s+/g, ' ');
      const text = reportText(dataSet).replace(/\s+/g, ' ');
      for (const fact of facts(dataSet)) {
        const expected = fact.trim().replace(/\s+/g, ' ');
        expect(html, name).toContain(expected);
        expect(text, name).toContain(expected);
      }
    }
  });
});
