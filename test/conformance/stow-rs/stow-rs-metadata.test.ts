import { describe, expect, it } from 'vitest';
import { dicomXml } from '../../../src/dicom/xml/xml-writer';
import {
  INSTANCE,
  items,
  PIXELS,
  pixelsOf,
  withMetadataArchive,
  withPixels,
} from '../../support/archive/metadata-archive';
import { keysOf } from '../../support/archive/sweeps';
import { ORIGIN } from '../../support/clients/archive-client';
import { bulkPart, jsonPart, sliceMetadata, xmlPart } from '../../support/clients/metadata-request';
import { ascii } from '../../support/files/part10';
import { slice } from '../../support/files/samples';

const archive = withMetadataArchive();
const { send, stored, leftovers } = archive;

describe('PS3.18 10.5.1.4 metadata as application/dicom+json with bulk data', () => {
  it('a Part 10 file is written, which has the content that was sent', async () => {
    const response = await send([
      jsonPart([sliceMetadata({ more: withPixels('pixels/1') })]),
      bulkPart('pixels/1', PIXELS),
    ]);
    expect(response.status).toBe(200);
    const dataSet = await stored();
    expect(dataSet.string('x00020010')).toBe('1.2.840.10008.1.2.1');
    expect(dataSet.string('x00020002')).toBe('1.2.840.10008.5.1.4.1.1.2');
    expect(dataSet.string('x00020003')).toBe('1.2.3.4.1');
    expect(dataSet.uint16('x00280010')).toBe(16);
    expect(pixelsOf(dataSet)).toEqual(PIXELS);
    const [metadata] = await archive.client.json(`${INSTANCE}/metadata`);
    expect(metadata?.['00100010']).toEqual({ vr: 'PN', Value: [{ Alphabetic: 'Neptüne^Planet' }] });
    expect(await leftovers()).toEqual([]);
  });

  it('the file is written again when the bucket has lost it, and the same metadata and bulk data are sent again', async () => {
    const parts = [jsonPart([sliceMetadata({ more: withPixels('pixels/1') })]), bulkPart('pixels/1', PIXELS)];
    expect((await send(parts)).status).toBe(200);
    const files = (await keysOf(archive.client)).filter((key) => key.endsWith('.dcm'));
    await archive.client.bindings.bucket.delete(files);
    expect((await send(parts)).status).toBe(200);
    expect(pixelsOf(await stored())).toEqual(PIXELS);
    expect(await leftovers()).toEqual([]);
  });

  it.each([
    ['the same relative reference', 'bulk/1', 'bulk/1'],
    ['absolute and path', `${ORIGIN}/dicomweb/bulk/1`, '/dicomweb/bulk/1'],
    ['relative and absolute', 'bulk/1', `${ORIGIN}/dicomweb/bulk/1`],
    ['dots', '../bulk/1', '/bulk/1'],
    ['of another host', 'http://elsewhere.test/a/1', 'http://elsewhere.test/a/1'],
    ['angle brackets and blanks', 'bulk/1', '  <bulk/1> '],
    ['a UUID', 'urn:uuid:0a1b', 'urn:uuid:0a1b'],
  ])('Content-Location and BulkDataURI: %s', async (_name, uri, location) => {
    const response = await send([jsonPart([sliceMetadata({ more: withPixels(uri) })]), bulkPart(location, PIXELS)]);
    expect(response.status).toBe(200);
    expect(pixelsOf(await stored())).toEqual(PIXELS);
  });

  it('numbers come back as they were sent: negative zero, 64 bits, the least and the greatest (F.2.3)', async () => {
    const sent = {
      '00189073': '{"vr":"FD","Value":[0,-0,5e-324,1.7976931348623157e+308,0.1,-2.2250738585072014e-308]}',
      '00720072': '{"vr":"DS","Value":[-0,1.5,-1.23456789e-10,123456789012345]}',
      '00720076': '{"vr":"FL","Value":[-0,1.401298464324817e-45,16777216]}',
      '00720082': '{"vr":"SV","Value":["9007199254740993","-9223372036854775808",-9007199254740991]}',
      '00720083': '{"vr":"UV","Value":["18446744073709551615",0]}',
    };
    const attributes = Object.entries(sent).map(([tag, text]) => `"${tag}":${text}`);
    const texts = [...attributes, `"00081140":{"vr":"SQ","Value":[{${attributes.join(',')}}]}`];
    const whole = JSON.stringify(sliceMetadata()).replace(/}$/, `,${texts.join(',')}}`);
    // A client may also send all of the digits as a JSON number.
    const body = `[${whole.replaceAll('"9007199254740993"', '9007199254740993')}]`;
    expect((await send([{ headers: ['Content-Type: application/dicom+json'], body }])).status).toBe(200);
    const search = '/dicomweb/instances?includefield=all';
    for (const path of [`${INSTANCE}/metadata`, search]) {
      const answer = await (await archive.client.fetch(path, { headers: { Accept: 'application/dicom+json' } })).text();
      for (const text of texts) expect(answer).toContain(text);
    }
  });

  it('header names in any case; Content-ID with a URI of the scheme cid', async () => {
    const part = { headers: ['CONTENT-type: Application/Octet-Stream', 'content-ID: <p1@x>'], body: PIXELS };
    expect((await send([jsonPart([sliceMetadata({ more: withPixels('cid:p1@x') })]), part])).status).toBe(200);
    expect(pixelsOf(await stored())).toEqual(PIXELS);
  });

  it('bulk data before its metadata; two instances that share bulk data; one without any', async () => {
    const metadata = [
      sliceMetadata({ more: withPixels('p') }),
      sliceMetadata({ sop: '1.2.3.4.2', more: withPixels('p') }),
      sliceMetadata({ sop: '1.2.3.4.3' }),
    ];
    expect((await send([bulkPart('p', PIXELS), jsonPart(metadata)])).status).toBe(200);
    expect(pixelsOf(await stored())).toEqual(PIXELS);
    expect(pixelsOf(await stored(INSTANCE.replace(/1$/, '2')))).toEqual(PIXELS);
    expect(await archive.client.json('/dicomweb/instances')).toHaveLength(3);
  });

  it('Part 10 files among the parts are stored as they are', async () => {
    const file = slice({ sop: '1.2.3.4.2' });
    const parts = [jsonPart([sliceMetadata()]), { headers: ['Content-Type: application/dicom'], body: file }];
    expect((await send(parts)).status).toBe(200);
    expect(await archive.client.bytes(INSTANCE.replace(/1$/, '2'), 'application/dicom')).toEqual(file);
  });

  it('by itself, with inline values', async () => {
    const inline = { '7FE00010': { vr: 'OW', InlineBinary: btoa(String.fromCharCode(...PIXELS)) } };
    for (const [body, sop] of [
      [[sliceMetadata({ more: inline })], '1.2.3.4.1'],
      [sliceMetadata({ sop: '1.2.3.4.2', more: inline }), '1.2.3.4.2'],
    ] as const) {
      const headers = { 'Content-Type': 'application/dicom+json; charset=utf-8' };
      const init = { method: 'POST', headers, body: JSON.stringify(body) };
      expect((await archive.client.fetch('/dicomweb/studies', init)).status).toBe(200);
      expect(pixelsOf(await stored(INSTANCE.replace(/1.2.3.4.1$/, sop)))).toEqual(PIXELS);
    }
  });

  it('the same request again is the same instance', async () => {
    const parts = [jsonPart([sliceMetadata({ more: withPixels('p') })]), bulkPart('p', PIXELS)];
    expect((await send(parts)).status).toBe(200);
    expect((await send(parts)).status).toBe(200);
    expect((await archive.client.json('/dicomweb/studies'))[0]?.['00201208']?.Value).toEqual([1]);
  });
});

describe('PS3.18 10.5.1.4 metadata as application/dicom+xml with bulk data', () => {
  it('a part for each instance', async () => {
    const documents = ['1.2.3.4.1', '1.2.3.4.2'].map((sop) =>
      xmlPart(dicomXml(sliceMetadata({ sop, more: withPixels(`bulk/${sop}`) }))),
    );
    const response = await send(
      [...documents, bulkPart('bulk/1.2.3.4.2', PIXELS.toReversed()), bulkPart('bulk/1.2.3.4.1', PIXELS)],
      'application/dicom+xml',
    );
    expect(response.status).toBe(200);
    expect(pixelsOf(await stored())).toEqual(PIXELS);
    expect(pixelsOf(await stored(INSTANCE.replace(/1$/, '2')))).toEqual(PIXELS.toReversed());
    expect((await stored()).string('x00100010')).toBeDefined();
  });

  it('by itself, in the encoding that it declares', async () => {
    const document = dicomXml(sliceMetadata()).replace(
      /^<\?xml[^>]*\?>/,
      '<?xml version="1.0" encoding="ISO-8859-1"?>',
    );
    const headers = { 'Content-Type': 'application/dicom+xml' };
    const init = { method: 'POST', headers, body: ascii(document) };
    expect((await archive.client.fetch('/dicomweb/studies', init)).status).toBe(200);
    const [metadata] = await archive.client.json(`${INSTANCE}/metadata`);
    expect(metadata?.['00100010']?.Value).toEqual([{ Alphabetic: 'Neptüne^Planet' }]);
  });

  it('an invalid document fails alone', async () => {
    const parts = [xmlPart('<NativeDicomModel><Dicom'), xmlPart(dicomXml(sliceMetadata()))];
    const response = await send(parts, 'application/dicom+xml');
    expect(response.status).toBe(202);
    expect(items(await response.json(), '0008119A')).toEqual([{ '00081197': { vr: 'US', Value: [0xc000] } }]);
  });
});
