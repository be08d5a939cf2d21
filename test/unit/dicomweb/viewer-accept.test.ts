import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { COPY_TRANSFER_SYNTAX } from '../../../src/archive/images/frame-copies';
import { negotiate } from '../../../src/dicomweb/answer/negotiate';
import { frameOffers } from '../../../src/dicomweb/answer/offers';
import { parseAccept } from '../../../src/http/accept';

/** The header by which the shipped viewer asks for frames. */
function acceptHeader(): string {
  const window: { archiveViewer: object; config?: { dataSources: { configuration: { acceptHeader: string[] } }[] } } = {
    archiveViewer: { root: '' },
  };
  runInNewContext(readFileSync('viewer/app-config.js', 'utf8'), { window });
  return window.config!.dataSources[0]!.configuration.acceptHeader.join(', ');
}

const NATIVE = '1.2.840.10008.1.2.1';
const MADE = ['80', '90', '201', '202'].map((end) => `1.2.840.10008.1.2.4.${end}`);
const chosen = (stored: string, copy?: string, seldomDecoded = false) => {
  const conversions = [NATIVE, ...MADE, '1.2.840.10008.1.2.5', '1.2.840.10008.1.2.4.50'].filter(
    (uid) => uid !== stored,
  );
  return negotiate(parseAccept(acceptHeader()), frameOffers(stored, true, conversions, { copy, seldomDecoded }));
};

describe('the frames that the shipped viewer gets', () => {
  it.each(
    ['50', '51', '57', '70', '80', '81', '90', '91', '201', '202', '203'].map((end) => `1.2.840.10008.1.2.4.${end}`),
  )('compressed ones as they are stored: %s', (uid) =>
    expect(chosen(uid)).toMatchObject({ transferSyntaxUID: uid, stored: true, multipart: true }),
  );

  it('RLE, and what it does not name, as stored', () => {
    for (const uid of ['1.2.840.10008.1.2.5', '1.2.840.10008.1.2.4.92', '1.2.840.10008.1.2.4.102']) {
      expect(negotiate(parseAccept(acceptHeader()), frameOffers(uid, true, []))).toMatchObject({
        transferSyntaxUID: uid,
      });
    }
  });

  it('a dose in RLE uncompressed, because OHIF decodes RLE of 8 and 16 bits alone', () => {
    const uid = '1.2.840.10008.1.2.5';
    expect(chosen(uid)).toMatchObject({ transferSyntaxUID: uid });
    expect(chosen(uid, undefined, true)).toMatchObject({ transferSyntaxUID: NATIVE, multipart: true });
    const any = (accept: string) =>
      negotiate(parseAccept(accept), frameOffers(uid, true, [NATIVE], { seldomDecoded: true }));
    // A client that takes whatever is stored, or names RLE first, still gets it.
    expect(any('multipart/related; type=application/octet-stream; transfer-syntax=*')).toMatchObject({
      transferSyntaxUID: uid,
    });
    expect(
      any(`multipart/related; type=application/octet-stream; transfer-syntax=${uid}; transfer-syntax=${NATIVE}`),
    ).toMatchObject({ transferSyntaxUID: uid });
  });

  it('uncompressed ones as they lie, nothing being made, until there is a copy', () => {
    for (const uid of [NATIVE, '1.2.840.10008.1.2']) {
      expect(chosen(uid)).toMatchObject({ mediaType: 'application/octet-stream', multipart: true });
      expect(chosen(uid, COPY_TRANSFER_SYNTAX)).toMatchObject({ mediaType: 'image/jls', multipart: true });
    }
  });
});
