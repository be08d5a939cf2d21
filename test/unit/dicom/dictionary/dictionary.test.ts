import { describe, expect, it } from 'vitest';
import { keywordOfTag, tagOfKeyword, vrOf } from '../../../../src/dicom/dictionary/dictionary';
import { mediaTypeOf, TRANSFER_SYNTAXES, transferSyntaxOf } from '../../../../src/dicom/dictionary/transfer-syntaxes';

describe('dictionary (PS3.6)', () => {
  it.each([
    ['00100010', 'PN', 'PatientName'],
    ['0020000d', 'UI', 'StudyInstanceUID'],
    ['00280106', 'US or SS', 'SmallestImagePixelValue'],
    ['7FE00010', 'OB or OW', 'PixelData'],
    ['60000010', 'US', 'OverlayRows'],
    ['601E3000', 'OB or OW', 'OverlayData'],
    ['50043000', 'OB or OW', 'CurveData'],
    ['00081070', 'PN', 'OperatorsName'],
    ['00080010', 'SH', 'RecognitionCode'],
    ['00660040', 'OL', 'LongPrimitivePointIndexList'],
    ['00080019', 'UI', 'PyramidUID'],
    ['00083002', 'UI', 'AvailableTransferSyntaxUID'],
    ['00400260', 'SQ', 'PerformedProtocolCodeSequence'],
  ])('%s is %s %s', (tag, vr, keyword) => {
    expect(vrOf(tag)).toBe(vr);
    expect(keywordOfTag(tag)).toBe(keyword);
  });

  it('knows the retired patterns', () => {
    expect(vrOf('00203105')).toBe('CS');
    expect(vrOf('00280412')).toBe('LO');
    expect(vrOf('10100001')).toBe('US');
  });

  it('finds tags by keyword, exactly spelled', () => {
    expect(tagOfKeyword('PatientName')).toBe('00100010');
    expect(tagOfKeyword('OverlayRows')).toBe('60000010');
    expect(tagOfKeyword('patientname')).toBeUndefined();
    expect(tagOfKeyword('')).toBeUndefined();
    expect(tagOfKeyword('constructor')).toBeUndefined();
  });

  it('does not know private, unknown and misspelled tags', () => {
    for (const tag of ['00090010', '00302999', '60010010', '0010001', 'PatientName', '0010,0010'])
      expect(vrOf(tag)).toBeUndefined();
    expect(keywordOfTag('00090010')).toBeUndefined();
  });
});

describe('transfer syntaxes (PS3.6 annex A)', () => {
  it('are each listed once', () => {
    expect(new Set(TRANSFER_SYNTAXES.map((syntax) => syntax.uid)).size).toBe(TRANSFER_SYNTAXES.length);
  });

  it.each([
    ['1.2.840.10008.1.2', 'application/octet-stream'],
    ['1.2.840.10008.1.2.4.50', 'image/jpeg'],
    ['1.2.840.10008.1.2.4.70', 'image/jpeg'],
    ['1.2.840.10008.1.2.4.81', 'image/jls'],
    ['1.2.840.10008.1.2.4.90', 'image/jp2'],
    ['1.2.840.10008.1.2.4.93', 'image/jpx'],
    ['1.2.840.10008.1.2.4.201', 'image/jphc'],
    ['1.2.840.10008.1.2.4.112', 'image/jxl'],
    ['1.2.840.10008.1.2.5', 'image/dicom-rle'],
    ['1.2.840.10008.1.2.4.100', 'video/mpeg'],
    ['1.2.840.10008.1.2.4.106', 'video/mp4'],
    ['1.2.840.10008.1.2.4.108', 'video/H265'],
    ['1.2.3.4', 'application/octet-stream'],
  ])('%s is served as %s', (uid, mediaType) => expect(mediaTypeOf(uid)).toBe(mediaType));

  it('say how they are encoded', () => {
    expect(transferSyntaxOf('1.2.840.10008.1.2')).toMatchObject({
      implicit: true,
      bigEndian: false,
      encapsulated: false,
    });
    expect(transferSyntaxOf('1.2.840.10008.1.2.2')).toMatchObject({ implicit: false, bigEndian: true });
    expect(transferSyntaxOf('1.2.840.10008.1.2.1.99')).toMatchObject({ deflated: true, encapsulated: false });
    expect(transferSyntaxOf('1.2.840.10008.1.2.4.91')).toMatchObject({ encapsulated: true });
    expect(transferSyntaxOf('1.2.3')).toBeUndefined();
  });
});
