import { describe, expect, it } from 'vitest';
import { negotiate, type Offer } from '../../../../src/dicomweb/answer/negotiate';
import { bulkDataOffers, dicomOffers, frameOffers, METADATA_OFFERS } from '../../../../src/dicomweb/answer/offers';
import { parseAccept } from '../../../../src/http/accept';

const JLS = '1.2.840.10008.1.2.4.80';
const J2K = '1.2.840.10008.1.2.4.90';
const EXPLICIT = '1.2.840.10008.1.2.1';
const IMPLICIT = '1.2.840.10008.1.2';
const BIG = '1.2.840.10008.1.2.2';
const UNCOMPRESSED_FRAGMENTS = '1.2.840.10008.1.2.1.98';
const DEFLATED_FRAMES = '1.2.840.10008.1.2.8.1';

/** What would be sent: `multipart type transfer-syntax`, or 406. */
function sent(accept: string, offers: readonly Offer[]): string {
  const offer = negotiate(parseAccept(accept), offers);
  if (offer === undefined) return '406';
  const { multipart, mediaType, transferSyntaxUID } = offer;
  return [multipart ? 'multipart' : 'single', mediaType, transferSyntaxUID ?? ''].join(' ').trim();
}

const OHIF = 'multipart/related; type="application/octet-stream"; transfer-syntax="*"';
const OHIF_UNQUOTED = OHIF.replaceAll('"', '');
const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8';

describe('frames (PS3.18 8.7.3.3)', () => {
  const jls = `multipart image/jls ${JLS}`;
  const octets = `multipart application/octet-stream ${EXPLICIT}`;
  it.each([
    [OHIF, JLS, jls],
    [OHIF_UNQUOTED, JLS, jls],
    [OHIF, EXPLICIT, octets],
    [OHIF, IMPLICIT, octets],
    [OHIF, BIG, octets],
    [OHIF, '1.2.840.10008.1.2.1.99', octets],
    [OHIF, UNCOMPRESSED_FRAGMENTS, octets],
    [OHIF, DEFLATED_FRAMES, `multipart application/octet-stream ${DEFLATED_FRAMES}`],
    [OHIF, '1.2.3.999', 'multipart application/octet-stream 1.2.3.999'],
    // requestTransferSyntaxUID: the one named, else as stored.
    [`multipart/related; type=image/jls; transfer-syntax=${JLS}; transfer-syntax=*`, JLS, jls],
    [
      `multipart/related; type=image/jls; transfer-syntax=${JLS}; transfer-syntax=*`,
      '1.2.840.10008.1.2.4.81',
      'multipart image/jls 1.2.840.10008.1.2.4.81',
    ],
    [`multipart/related; type=image/jls; transfer-syntax=${JLS}; transfer-syntax=*`, J2K, `multipart image/jp2 ${J2K}`],
    [`multipart/related; type=image/jls; transfer-syntax=${JLS}; transfer-syntax=*`, EXPLICIT, octets],
    [`multipart/related; type="application/octet-stream"; transfer-syntax=${JLS}`, JLS, jls],
    [`multipart/related; type="application/octet-stream"; transfer-syntax=${J2K}`, JLS, '406'],
    [`multipart/related; type="application/octet-stream"; transfer-syntax=${EXPLICIT}`, IMPLICIT, octets],
    [`multipart/related; type="application/octet-stream"; transfer-syntax=${EXPLICIT}`, JLS, '406'],
    [
      `multipart/related; type="application/octet-stream"; transfer-syntax=${UNCOMPRESSED_FRAGMENTS}`,
      UNCOMPRESSED_FRAGMENTS,
      `multipart application/octet-stream ${UNCOMPRESSED_FRAGMENTS}`,
    ],
    // Octets of unnamed transfer syntax are Explicit VR Little Endian.
    ['multipart/related; type="application/octet-stream"', EXPLICIT, octets],
    ['multipart/related; type="application/octet-stream"', UNCOMPRESSED_FRAGMENTS, octets],
    ['multipart/related; type="application/octet-stream"', JLS, '406'],
    ['multipart/related; type="application/octet-stream"', DEFLATED_FRAMES, '406'],
    ['application/octet-stream', EXPLICIT, `single application/octet-stream ${EXPLICIT}`],
    ['application/octet-stream', JLS, '406'],
    ['application/octet-stream; transfer-syntax=*', JLS, `single image/jls ${JLS}`],
    ['multipart/related; type="image/jls"', JLS, jls],
    ['multipart/related; type="image/jls"', J2K, '406'],
    [`multipart/related; type="image/jls"; transfer-syntax=${JLS}`, '1.2.840.10008.1.2.4.81', '406'],
    ['multipart/related; type="image/*"', J2K, `multipart image/jp2 ${J2K}`],
    ['multipart/related; type="image/*"', EXPLICIT, '406'],
    ['multipart/related; type=video/h265', '1.2.840.10008.1.2.4.107', 'multipart video/H265 1.2.840.10008.1.2.4.107'],
    ['image/jls', JLS, `single image/jls ${JLS}`],
    ['image/*, application/octet-stream', EXPLICIT, `single application/octet-stream ${EXPLICIT}`],
    ['multipart/related', JLS, jls],
    ['multipart/*', EXPLICIT, octets],
    ['*/*', JLS, jls],
    [BROWSER, EXPLICIT, octets],
    ['application/dicom+json', EXPLICIT, '406'],
    ['image/jpeg', JLS, '406'],
    // Weights and order.
    ['application/octet-stream;q=0.5, multipart/related', EXPLICIT, octets],
    ['application/octet-stream, multipart/related', EXPLICIT, `single application/octet-stream ${EXPLICIT}`],
    ['*/*, multipart/related;q=0', EXPLICIT, `single application/octet-stream ${EXPLICIT}`],
    ['multipart/related;q=0.1, */*;q=0', EXPLICIT, octets],
    ['*/*, image/jls;q=0', JLS, jls],
    ['*/*, multipart/related; type=image/jls;q=0', JLS, `single image/jls ${JLS}`],
    ['*/*;q=0', JLS, '406'],
  ])('%s of %s', (accept, stored, expected) => {
    const conversions = stored === UNCOMPRESSED_FRAGMENTS ? [EXPLICIT] : [];
    expect(sent(accept, frameOffers(stored, true, conversions))).toBe(expected);
  });

  it('a list of frames comes as multipart only', () => {
    expect(sent('image/jls', frameOffers(JLS, false, []))).toBe('406');
    expect(sent('image/jls, multipart/related; type="image/jls"', frameOffers(JLS, false, []))).toBe(jls);
  });
});

const BASELINE = '1.2.840.10008.1.2.4.50';
const HTJ2K = '1.2.840.10008.1.2.4.201';
const RLE = '1.2.840.10008.1.2.5';
const MADE = [EXPLICIT, JLS, J2K, HTJ2K, RLE, BASELINE];
const conversionsOf = (stored: string) => MADE.filter((uid) => uid !== stored);

describe('frames that can be converted', () => {
  const jls = `multipart image/jls ${JLS}`;
  const j2k = `multipart image/jp2 ${J2K}`;
  const octets = `multipart application/octet-stream ${EXPLICIT}`;
  const as = (type: string, ...uids: string[]) =>
    [`multipart/related; type="${type}"`, ...uids.map((uid) => `transfer-syntax=${uid}`)].join('; ');
  /** Of dicom-microscopy-viewer in OHIF 3.13. */
  const SLIDE_VIEWER = [
    as('image/jls', JLS),
    as('image/jls', '1.2.840.10008.1.2.4.81'),
    as('image/jp2', J2K),
    as('image/jp2', '1.2.840.10008.1.2.4.91'),
    as('application/octet-stream', '*'),
    as('image/jpeg', BASELINE),
  ].join(', ');
  it.each([
    // As stored goes before anything made, where the client has no wish.
    [OHIF, J2K, j2k],
    ['*/*', J2K, j2k],
    [BROWSER, J2K, j2k],
    ['*/*', EXPLICIT, octets],
    [as('application/octet-stream', EXPLICIT, '*'), J2K, octets],
    [as('application/octet-stream', '*', EXPLICIT), J2K, j2k],
    [as('application/octet-stream'), J2K, octets],
    [as('application/octet-stream'), BASELINE, octets],
    ['application/octet-stream', J2K, `single application/octet-stream ${EXPLICIT}`],
    [as('image/jls', JLS, '*'), J2K, jls],
    [as('image/jls', JLS, '*'), EXPLICIT, jls],
    [as('image/jls'), EXPLICIT, jls],
    [as('image/jp2'), JLS, j2k],
    [as('image/jphc'), JLS, `multipart image/jphc ${HTJ2K}`],
    [as('image/dicom-rle'), JLS, `multipart image/dicom-rle ${RLE}`],
    [as('application/octet-stream', RLE), JLS, `multipart image/dicom-rle ${RLE}`],
    // Of a list without weights, what is compressed already, unless another is named more exactly.
    [[as('image/jls', JLS), as('image/jp2', J2K)].join(', '), J2K, j2k],
    [[as('image/jls', JLS), as('image/jp2', J2K)].join(', '), EXPLICIT, jls],
    [[as('image/jls'), as('image/jp2')].join(', '), J2K, j2k],
    [[as('image/jls', JLS), `${as('image/jp2', J2K)}; q=0.9`].join(', '), J2K, jls],
    [[as('image/jls', JLS), as('application/octet-stream', '*')].join(', '), J2K, jls],
    [SLIDE_VIEWER, BASELINE, `multipart image/jpeg ${BASELINE}`],
    [SLIDE_VIEWER, J2K, j2k],
    [SLIDE_VIEWER, RLE, jls],
    // What loses something is made for who names it.
    [as('image/jpeg'), J2K, '406'],
    [as('image/jpeg', '*'), J2K, '406'],
    [as('image/jpeg', BASELINE), J2K, `multipart image/jpeg ${BASELINE}`],
    [as('image/jpeg'), BASELINE, `multipart image/jpeg ${BASELINE}`],
    [`image/jls;q=0.5, ${as('image/jp2')}`, EXPLICIT, j2k],
  ])('%s of %s', (accept, stored, expected) => {
    expect(sent(accept, frameOffers(stored, true, conversionsOf(stored)))).toBe(expected);
  });
});

describe('instances (PS3.18 10.4.4)', () => {
  it.each([
    ['multipart/related; type="application/dicom"; transfer-syntax=*', JLS, `multipart application/dicom ${JLS}`],
    ['multipart/related; type="application/dicom"', JLS, `multipart application/dicom ${JLS}`],
    ['multipart/related; type=application/dicom', IMPLICIT, `multipart application/dicom ${IMPLICIT}`],
    ['application/dicom', JLS, `single application/dicom ${JLS}`],
    [`application/dicom; transfer-syntax=${JLS}`, JLS, `single application/dicom ${JLS}`],
    [`application/dicom; transfer-syntax=${EXPLICIT}`, JLS, '406'],
    [`application/dicom; transfer-syntax=${EXPLICIT}; transfer-syntax=*`, JLS, `single application/dicom ${JLS}`],
    ['application/*', JLS, `single application/dicom ${JLS}`],
    ['*/*', JLS, `multipart application/dicom ${JLS}`],
    [OHIF, JLS, '406'],
    [`image/jls; transfer-syntax=${JLS}; transfer-syntax=*`, JLS, '406'],
    ['application/dicom+json, image/jpeg', JLS, '406'],
  ])('%s of %s', (accept, stored, expected) => {
    expect(sent(accept, dicomOffers(stored, true, []))).toBe(expected);
  });

  it('several instances come as multipart only', () => {
    expect(sent('application/dicom', dicomOffers(JLS, false, []))).toBe('406');
  });
});

describe('instances that can be converted', () => {
  const single = (uid: string) => `single application/dicom ${uid}`;
  const LOSSY = '1.2.840.10008.1.2.4.91';
  const DEFLATED = '1.2.840.10008.1.2.1.99';
  it.each([
    // PS3.18 8.7.3.2: who names no transfer syntax gets Explicit VR Little Endian.
    ['application/dicom', JLS, single(EXPLICIT)],
    ['application/dicom', IMPLICIT, single(EXPLICIT)],
    ['application/dicom', BIG, single(EXPLICIT)],
    ['application/dicom', DEFLATED, single(EXPLICIT)],
    ['multipart/related; type="application/dicom"', JLS, `multipart application/dicom ${EXPLICIT}`],
    // But not what has lost something already.
    ['application/dicom', LOSSY, single(LOSSY)],
    ['application/dicom', BASELINE, single(BASELINE)],
    [`application/dicom; transfer-syntax=${EXPLICIT}`, LOSSY, single(EXPLICIT)],
    // Who names nothing at all gets what is stored, unless that is implicit or big-endian.
    ['*/*', JLS, `multipart application/dicom ${JLS}`],
    ['*/*', IMPLICIT, `multipart application/dicom ${EXPLICIT}`],
    [BROWSER, BIG, `multipart application/dicom ${EXPLICIT}`],
    ['application/*', JLS, single(JLS)],
    // A star is what is stored, whatever that is.
    ['application/dicom; transfer-syntax=*', IMPLICIT, single(IMPLICIT)],
    ['application/dicom; transfer-syntax=*', BIG, single(BIG)],
    ['application/dicom; transfer-syntax=*', JLS, single(JLS)],
    [`application/dicom; transfer-syntax=${IMPLICIT}`, IMPLICIT, single(IMPLICIT)],
    [`application/dicom; transfer-syntax=${IMPLICIT}`, JLS, '406'],
    [`application/dicom; transfer-syntax=${J2K}; transfer-syntax=*`, JLS, single(J2K)],
    [`application/dicom; transfer-syntax=${HTJ2K}`, IMPLICIT, single(HTJ2K)],
    [`application/dicom; transfer-syntax=${BASELINE}`, JLS, single(BASELINE)],
    [
      `application/dicom; transfer-syntax=${JLS};q=0.5, application/dicom; transfer-syntax=${J2K}`,
      EXPLICIT,
      single(J2K),
    ],
  ])('%s of %s', (accept, stored, expected) => {
    expect(sent(accept, dicomOffers(stored, true, conversionsOf(stored)))).toBe(expected);
  });
});

describe('metadata and search results', () => {
  it.each([
    ['application/dicom+json', 'single application/dicom+json'],
    [`application/dicom+json, ${OHIF}`, 'single application/dicom+json'],
    [`${OHIF}, application/dicom+json;q=0.2`, 'single application/dicom+json'],
    ['application/json', 'single application/json'],
    ['application/json, application/dicom+json', 'single application/json'],
    ['application/json, application/dicom+json;q=0.9', 'single application/json'],
    ['application/json;q=0.1, */*', 'single application/dicom+json'],
    ['application/dicom+json; transfer-syntax=*', 'single application/dicom+json'],
    ['APPLICATION/DICOM+JSON; charset=utf-8', 'single application/dicom+json'],
    ['*/*', 'single application/dicom+json'],
    [BROWSER, 'single application/dicom+json'],
    ['application/*', 'single application/dicom+json'],
    ['application/*, application/dicom+json;q=0', 'single application/json'],
    ['application/dicom+xml', 'single application/dicom+xml'],
    ['multipart/related; type="application/dicom+xml"', 'multipart application/dicom+xml'],
    [OHIF, '406'],
  ])('%s', (accept, expected) => {
    expect(sent(accept, METADATA_OFFERS)).toBe(expected);
  });
});

describe('bulk data', () => {
  const types = 'multipart/related; type="application/pdf", multipart/related; type="application/octet-stream"';
  it.each([
    [types, undefined, 'multipart application/octet-stream'],
    [types, 'application/pdf', 'multipart application/pdf'],
    ['*/*', undefined, 'single application/octet-stream'],
    [BROWSER, 'application/pdf', 'single application/pdf'],
    ['application/octet-stream', 'application/pdf', 'single application/octet-stream'],
    ['application/pdf', undefined, '406'],
    [OHIF, undefined, 'multipart application/octet-stream'],
    [`application/octet-stream; transfer-syntax=${JLS}`, undefined, '406'],
    ['multipart/related', 'video/mp4', 'multipart video/mp4'],
  ])('%s of %s', (accept, documentType, expected) => {
    expect(sent(accept, bulkDataOffers(documentType))).toBe(expected);
  });
});
