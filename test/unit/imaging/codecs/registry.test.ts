import { describe, expect, it } from 'vitest';
import { TRANSFER_SYNTAXES } from '../../../../src/dicom/dictionary/transfer-syntaxes';
import { decoderOf, encoderOf } from '../../../../src/imaging/codecs';
import { formatOf, frameOf } from '../../../support/files/frames';

const known = (of: (uid: string) => unknown): string[] =>
  TRANSFER_SYNTAXES.map(({ uid }) => uid).filter((uid) => of(uid) !== undefined);

describe('the codecs by transfer syntax', () => {
  it('decode every compression of single images', () => {
    const jpeg = ['50', '51', '53', '55', '57', '70', '80', '81', '90', '91', '92', '93', '201', '202', '203'];
    expect(known(decoderOf).sort()).toEqual(
      ['1.98', '5', '8.1', ...jpeg.map((last) => `4.${last}`)].map((last) => `1.2.840.10008.1.2.${last}`).sort(),
    );
    expect(decoderOf('1.2.840.10008.1.2.1')).toBeUndefined();
  });

  it.each(known(encoderOf))('decode what they encoded, except for lossy compression: %s', async (uid) => {
    const frame = { format: formatOf({ bitsAllocated: 8 }), bytes: new Uint8Array(23 * 37).fill(80) };
    const { codeStream, format } = await encoderOf(uid)!(frame);
    expect(await decoderOf(uid)!(codeStream, format)).toEqual(frame);
    if (uid.endsWith('.50')) return;
    const noise = frameOf(formatOf({ signed: true }));
    const encoded = await encoderOf(uid)!(noise);
    expect(await decoderOf(uid)!(encoded.codeStream, encoded.format)).toEqual(noise);
  });
});
