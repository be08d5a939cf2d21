import { describe, expect, it } from 'vitest';
import type { DicomJson } from '../../../../src/dicom/json/json-model';
import { dicomXml } from '../../../../src/dicom/xml/xml-writer';

/** The contents of the document's root. */
function content(dataSet: DicomJson): string {
  const document = dicomXml(dataSet);
  const start =
    '<?xml version="1.0" encoding="UTF-8"?><NativeDicomModel xmlns="http://dicom.nema.org/PS3.19/models/NativeDICOM" xml:space="preserve">';
  const end = '</NativeDicomModel>';
  expect([document.slice(0, start.length), document.slice(-end.length)]).toEqual([start, end]);
  return document.slice(start.length, -end.length);
}

describe('a document of the Native DICOM Model (PS3.19 A.1.5)', () => {
  it('has numbered values, including empty ones, and none for an empty attribute', () => {
    expect(content({ '00080008': { vr: 'CS', Value: ['MPG', null, 'XR3'] }, '00100020': { vr: 'LO' } })).toBe(
      '<DicomAttribute tag="00080008" keyword="ImageType" vr="CS"><Value number="1">MPG</Value><Value number="2"></Value>' +
        '<Value number="3">XR3</Value></DicomAttribute><DicomAttribute tag="00100020" keyword="PatientID" vr="LO"></DicomAttribute>',
    );
  });

  it('has names split into groups and components', () => {
    const Value = [
      { Alphabetic: 'Adams^John Robert Quincy^^Rev.^B.A. M.Div.', Phonetic: 'x' },
      { Ideographic: '山田^' },
      null,
    ];
    expect(content({ '00100010': { vr: 'PN', Value } })).toBe(
      '<DicomAttribute tag="00100010" keyword="PatientName" vr="PN"><PersonName number="1"><Alphabetic><FamilyName>Adams</FamilyName>' +
        '<GivenName>John Robert Quincy</GivenName><NamePrefix>Rev.</NamePrefix><NameSuffix>B.A. M.Div.</NameSuffix></Alphabetic>' +
        '<Phonetic><FamilyName>x</FamilyName></Phonetic></PersonName><PersonName number="2"><Ideographic><FamilyName>山田</FamilyName>' +
        '<GivenName></GivenName></Ideographic></PersonName><PersonName number="3"></PersonName></DicomAttribute>',
    );
  });

  it('has numbered items, each with ascending attributes', () => {
    const item = { '00080104': { vr: 'LO', Value: ['m'] }, '00080100': { vr: 'SH', Value: ['c'] } };
    expect(content({ '00081032': { vr: 'SQ', Value: [item, {}] } })).toBe(
      '<DicomAttribute tag="00081032" keyword="ProcedureCodeSequence" vr="SQ"><Item number="1"><DicomAttribute tag="00080100" ' +
        'keyword="CodeValue" vr="SH"><Value number="1">c</Value></DicomAttribute><DicomAttribute tag="00080104" keyword="CodeMeaning" ' +
        'vr="LO"><Value number="1">m</Value></DicomAttribute></Item><Item number="2"></Item></DicomAttribute>',
    );
  });

  it('has binary values inline or as bulk data', () => {
    expect(
      content({ '00420011': { vr: 'OB', InlineBinary: 'AQI=' }, '7FE00010': { vr: 'OW', BulkDataURI: 'a?b&c="' } }),
    ).toBe(
      '<DicomAttribute tag="00420011" keyword="EncapsulatedDocument" vr="OB"><InlineBinary>AQI=</InlineBinary></DicomAttribute>' +
        '<DicomAttribute tag="7FE00010" keyword="PixelData" vr="OW"><BulkData uri="a?b&amp;c=&quot;"/></DicomAttribute>',
    );
  });

  it('names private elements by their creator, without the block, when the creator is present', () => {
    const dataSet: DicomJson = {
      '00290011': { vr: 'LO', Value: ['A & B'] },
      '00291102': { vr: 'US', Value: [1] },
      '00291202': { vr: 'US', Value: [2] },
    };
    expect(content(dataSet)).toBe(
      '<DicomAttribute tag="00290011" vr="LO"><Value number="1">A &amp; B</Value></DicomAttribute>' +
        '<DicomAttribute tag="00290002" privateCreator="A &amp; B" vr="US"><Value number="1">1</Value></DicomAttribute>' +
        '<DicomAttribute tag="00291202" vr="US"><Value number="1">2</Value></DicomAttribute>',
    );
  });

  it('has no group lengths', () => expect(content({ '00080000': { vr: 'UL', Value: [4] } })).toBe(''));

  it('writes numbers unchanged', () => {
    const Value = [-0, 1e-7, 'NaN', 0.1];
    expect(content({ '00186020': { vr: 'FD', Value } }).match(/(?<=">)[^<]+(?=<\/Value>)/g)).toEqual([
      '-0',
      '1e-7',
      'NaN',
      '0.1',
    ]);
  });

  it('has no character that XML 1.0 does not allow', () => {
    const Value = ['<a>&"\']]>\t\r\n', '\0\u0001\u001b\ufffe\uffff\ud800x\udc00', '😀'];
    expect(content({ '00104000': { vr: 'LT', Value } })).toBe(
      '<DicomAttribute tag="00104000" keyword="PatientComments" vr="LT"><Value number="1">&lt;a&gt;&amp;&quot;\']]&gt;&#9;&#13;&#10;</Value>' +
        '<Value number="2">\ufffd\ufffd\ufffd\ufffd\ufffd\ufffdx\ufffd</Value><Value number="3">😀</Value></DicomAttribute>',
    );
  });
});
