import { describe, expect, it } from 'vitest';
import { readDicomXml, readDicomXmlSteps } from '../../../../src/dicom/xml/xml-reader';
import { xmlText } from '../../../../src/dicom/xml/xml-text';
import { failure } from '../build';

function read(content: string): unknown {
  return readDicomXml(`<NativeDicomModel>${content}</NativeDicomModel>`);
}
function refused(content: string): unknown {
  return failure(() => read(content));
}

const ID = '<DicomAttribute tag="00100020" vr="LO"><Value number="1">P1</Value></DicomAttribute>';
const READ_ID = { '00100020': { vr: 'LO', Value: ['P1'] } };

describe('a document of the Native DICOM Model', () => {
  it.each([
    [
      'a namespace',
      `<NativeDicomModel xmlns="http://dicom.nema.org/PS3.19/models/NativeDICOM">${ID}</NativeDicomModel>`,
    ],
    ['a prefix', `<d:NativeDicomModel xmlns:d="urn:x">${ID.replace(/<(\/?)/g, '<$1d:')}</d:NativeDicomModel>`],
    [
      'a declaration, comments and white space',
      `<?xml version="1.0"?>\n<!-- a -->\n<NativeDicomModel>\n  ${ID}\n<?x y?></NativeDicomModel>\n`,
    ],
    [
      'XML attributes in another order',
      `<NativeDicomModel>${ID.replace('tag="00100020" vr="LO"', "keyword='PatientID' vr='LO'  tag='00100020'")}</NativeDicomModel>`,
    ],
    ['CDATA', `<NativeDicomModel>${ID.replace('P1', 'P<![CDATA[1]]>')}</NativeDicomModel>`],
    ['character references', `<NativeDicomModel>${ID.replace('P1', '&#80;&#x31;')}</NativeDicomModel>`],
    ['no VR', `<NativeDicomModel>${ID.replace(' vr="LO"', '')}</NativeDicomModel>`],
  ])('may have %s', (_, text) => expect(readDicomXml(text)).toEqual(READ_ID));

  it('may have characters that XML writes as entities', () => {
    const Value = ['<&>"\'', ' a\r\n'];
    const text = '<Value number="1">&lt;&amp;&gt;&quot;&apos;</Value><Value number="2"> a&#13;\n</Value>';
    expect(read(`<DicomAttribute tag="00104000" vr="LT">${text}</DicomAttribute>`)).toEqual({
      '00104000': { vr: 'LT', Value },
    });
  });

  it('gives values in the order of their numbers', () => {
    const values = '<Value number="3">C</Value><Value number="1">A</Value><Value number="2"/>';
    expect(read(`<DicomAttribute tag="00080008" vr="CS">${values}</DicomAttribute>`)).toEqual({
      '00080008': { vr: 'CS', Value: ['A', null, 'C'] },
    });
    expect(read('<DicomAttribute tag="00280010" vr="US"><Value> 12 </Value></DicomAttribute>')).toEqual({
      '00280010': { vr: 'US', Value: [12] },
    });
    expect(read('<DicomAttribute tag="00281050" vr="DS"><Value number="1">40.00</Value></DicomAttribute>')).toEqual({
      '00281050': { vr: 'DS', Value: ['40.00'] },
    });
  });

  it('gives names, with their components in any order', () => {
    const group = '<GivenName>B</GivenName><FamilyName>A</FamilyName><NameSuffix>E</NameSuffix>';
    const names = `<PersonName number="1"><Phonetic><FamilyName>x</FamilyName></Phonetic><Alphabetic>\n${group}</Alphabetic></PersonName><PersonName number="2"/>`;
    expect(read(`<DicomAttribute tag="00100010" vr="PN">${names}</DicomAttribute>`)).toEqual({
      '00100010': { vr: 'PN', Value: [{ Alphabetic: 'A^B^^^E', Phonetic: 'x' }, null] },
    });
  });

  it('gives items, bytes and references to bulk data', () => {
    const item = `<Item number="2">${ID}</Item><Item number="1"/>`;
    const bulk = '<DicomAttribute tag="7FE00010" vr="OW"><BulkData uri="a?b&amp;c"/></DicomAttribute>';
    const uuid =
      '<DicomAttribute tag="00420011" vr="OB"><BulkData uuid="ac986618-e79d-01f1-8983-6b627ac25ff3"></BulkData></DicomAttribute>';
    const inline = '<DicomAttribute tag="00281201" vr="OW"><InlineBinary>\n AQI\n = </InlineBinary></DicomAttribute>';
    expect(read(`<DicomAttribute tag="00081110" vr="SQ">${item}</DicomAttribute>${bulk}${uuid}${inline}`)).toEqual({
      '00081110': { vr: 'SQ', Value: [{}, READ_ID] },
      '7FE00010': { vr: 'OW', BulkDataURI: 'a?b&c' },
      '00420011': { vr: 'OB', BulkDataURI: 'ac986618-e79d-01f1-8983-6b627ac25ff3' },
      '00281201': { vr: 'OW', InlineBinary: 'AQI=' },
    });
  });

  it('is in UTF-8, or in the encoding that it declares', () => {
    const declared = (encoding: string) => `<?xml version="1.0" encoding="${encoding}"?><a>é山</a>`;
    const utf8 = new TextEncoder();
    expect(xmlText(utf8.encode('<a>é</a>'))).toBe('<a>é</a>');
    expect(xmlText(utf8.encode(`\ufeff${declared('UTF-8')}`))).toBe(declared('UTF-8'));
    const latin1 = Uint8Array.from(Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><a>é</a>', 'latin1'));
    expect(xmlText(latin1)).toContain('<a>é</a>');
    const wide = Uint8Array.from(Buffer.from(`\ufeff${declared('UTF-16')}`, 'utf16le'));
    expect(xmlText(wide)).toBe(declared('UTF-16'));
    expect(failure(() => xmlText(Uint8Array.of(0x3c, 0xff))).code).toBe('malformed');
    expect(failure(() => xmlText(utf8.encode(declared('x-none')))).code).toBe('malformed');
  });
});

describe('private elements', () => {
  const element = (tag: string, creator: string, value = 1) =>
    `<DicomAttribute tag="${tag}" vr="US" privateCreator="${creator}"><Value number="1">${value}</Value></DicomAttribute>`;
  const creator = (tag: string, name: string) =>
    `<DicomAttribute tag="${tag}" vr="LO"><Value number="1">${name}</Value></DicomAttribute>`;
  const one = { vr: 'US', Value: [1] };

  it('are put into the block of their creator, even if it comes later', () => {
    expect(read(element('00290002', 'B') + creator('00290010', 'A') + creator('00290011', 'B '))).toEqual({
      '00290010': { vr: 'LO', Value: ['A'] },
      '00290011': { vr: 'LO', Value: ['B '] },
      '00291102': one,
    });
  });

  it('get a free block, and the element that reserves it', () => {
    const taken = '<DicomAttribute tag="00291102" vr="US"><Value number="1">1</Value></DicomAttribute>';
    expect(read(creator('00290010', 'A') + taken + element('00290002', 'B') + element('002900FF', 'B'))).toEqual({
      '00290010': { vr: 'LO', Value: ['A'] },
      '00291102': one,
      '00290012': { vr: 'LO', Value: ['B'] },
      '00291202': one,
      '002912FF': one,
    });
  });

  it('may name their block, which is used only if it belongs to the creator', () => {
    expect(read(creator('00290010', 'A') + element('00291002', 'A') + element('00292003', 'A'))).toEqual({
      '00290010': { vr: 'LO', Value: ['A'] },
      '00291002': one,
      '00291003': one,
    });
  });

  it('of a creator with two blocks stay in separate blocks', () => {
    const blocks = creator('00290010', 'A') + creator('00290011', 'A');
    expect(read(blocks + element('00290002', 'A', 1) + element('00290002', 'A', 2))).toMatchObject({
      '00291002': one,
      '00291102': { vr: 'US', Value: [2] },
    });
    expect(refused(element('00290002', 'A') + element('00290002', 'A'))).toEqual({
      code: 'malformed',
      tag: '00290002',
    });
  });

  it('are refused when no block is left', () => {
    const all = Array.from({ length: 240 }, (_, at) => creator(`002900${(at + 16).toString(16)}`, `C${at}`)).join('');
    expect(refused(all + element('00290002', 'A'))).toEqual({ code: 'malformed', tag: '00290002' });
  });
});

describe('an invalid document of the Native DICOM Model', () => {
  it.each([
    ['empty text', ''],
    ['text that is not XML', 'text'],
    ['a missing end tag', `<NativeDicomModel>${ID}`],
    ['another root', '<dicom/>'],
    ['two roots', '<NativeDicomModel/><NativeDicomModel/>'],
    ['a document type', '<!DOCTYPE NativeDicomModel><NativeDicomModel/>'],
    ['entities', '<!DOCTYPE a [<!ENTITY b "c">]><NativeDicomModel>&b;</NativeDicomModel>'],
    ['an undeclared entity', '<NativeDicomModel>&b;</NativeDicomModel>'],
    ['text outside of attributes', '<NativeDicomModel>x</NativeDicomModel>'],
    ['a character that XML does not allow', '<NativeDicomModel>&#0;</NativeDicomModel>'],
    ['more attributes of an element than the model has', `<NativeDicomModel ${'a="" '.repeat(101)}/>`],
    ['an attribute without a tag', '<NativeDicomModel><DicomAttribute vr="LO"/></NativeDicomModel>'],
  ])('is refused: %s', (_, text) =>
    expect(failure(() => readDicomXml(text))).toEqual({ code: 'malformed', tag: undefined }),
  );

  const attribute = (content: string, vr = 'LO') =>
    `<DicomAttribute tag="00100020" vr="${vr}">${content}</DicomAttribute>`;
  it.each([
    ['the same tag twice', ID + ID],
    ['an element that is not in the model', attribute('<Values/>')],
    ['text outside of values', attribute('x')],
    ['an element in a value', attribute('<Value number="1"><b/></Value>')],
    ['a value twice', attribute('<Value number="1">a</Value><Value number="1">b</Value>')],
    ['a gap in the numbers of values', attribute('<Value number="2">a</Value>')],
    ['a value with an invalid number', attribute('<Value number="0">a</Value>')],
    ['bytes twice', attribute('<InlineBinary>AQ==</InlineBinary><InlineBinary>AQ==</InlineBinary>', 'OB')],
    ['bytes and bulk data', attribute('<InlineBinary>AQ==</InlineBinary><BulkData uri="x"/>', 'OB')],
    ['bulk data twice', attribute('<BulkData uri="x"/><BulkData uri="x"/>', 'OB')],
    ['bulk data without a reference', attribute('<BulkData/>', 'OB')],
    ['an unknown VR', attribute('', 'XX')],
    ['a name part twice', attribute('<PersonName number="1"><Alphabetic/><Alphabetic/></PersonName>', 'PN')],
    ['a value in a sequence', attribute('<Value number="1">a</Value>', 'SQ')],
  ])('is refused when an attribute has %s', (_, text) =>
    expect(refused(text)).toEqual({ code: 'malformed', tag: '00100020' }),
  );

  it('is refused when it nests too deep or is too long', () => {
    const nested = (depth: number) =>
      `${'<DicomAttribute tag="00081110" vr="SQ"><Item number="1">'.repeat(depth)}${'</Item></DicomAttribute>'.repeat(depth)}`;
    expect(read(nested(256))).toHaveProperty('00081110');
    expect(refused(nested(257))).toEqual({ code: 'too-large', tag: '00081110' });
    expect(refused(nested(20_000))).toEqual({ code: 'too-large', tag: '00081110' });
    expect(failure(() => readDicomXml('<NativeDicomModel/>', 18)).code).toBe('too-large');
  });

  it('gives other work its turn when it is long, wherever a piece ends', () => {
    for (const before of [0, 1, 2, 3, 4, 5, 6, 7, 8]) {
      const name = `${'x'.repeat(32 * 1024 - 80 + before)}&#228;\u{1f600}\r\n<![CDATA[<]]>`;
      const text = `<NativeDicomModel><DicomAttribute tag="00204000" vr="LT"><Value number="1">${name.repeat(3)}</Value></DicomAttribute></NativeDicomModel>`;
      let turns = 0;
      const steps = readDicomXmlSteps(text);
      let step = steps.next();
      for (; step.done !== true; step = steps.next()) turns += 1;
      expect(step.value['00204000']?.Value?.[0]).toBe(`${'x'.repeat(32 * 1024 - 80 + before)}ä\u{1f600}\n<`.repeat(3));
      expect(turns).toBeGreaterThanOrEqual(3);
    }
  });
});
