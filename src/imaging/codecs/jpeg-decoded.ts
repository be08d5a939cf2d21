import { CodecError } from '../codec';
import type { ImageFormat } from '../frame';
import type { JPEGHeader } from './jpeg-markers';

/**
 * What comes out of a JPEG code stream: its own rows, columns, components and precision, in as many bits as the instance
 * allocates, 8 or 16, if they hold the samples. Chrominance is whole then.
 * @throws CodecError unsupported for 2 components or more than 4; malformed when nothing says how many rows there are
 */
export function decodedFormat(header: JPEGHeader, format: ImageFormat): ImageFormat {
  const { precision, columns, components } = header;
  // DNL is not looked for: the instance says it as well.
  const rows = header.rows || format.rows;
  const samplesPerPixel = components.length;
  if (samplesPerPixel === 2 || samplesPerPixel > 4) {
    throw new CodecError('unsupported', `JPEG of ${samplesPerPixel} components`);
  }
  const same = samplesPerPixel === format.samplesPerPixel;
  const bitsAllocated = precision > 8 || format.bitsAllocated > 8 ? 16 : 8;
  const fits = same && format.bitsStored <= bitsAllocated && format.highBit < bitsAllocated;
  return {
    rows,
    columns,
    samplesPerPixel,
    bitsAllocated,
    bitsStored: fits ? format.bitsStored : precision,
    highBit: fits ? format.highBit : precision - 1,
    signed: format.signed,
    photometricInterpretation: same
      ? format.photometricInterpretation.replace(/_422$/, '')
      : samplesPerPixel === 1
        ? 'MONOCHROME2'
        : 'RGB',
    planarConfiguration: 0,
    sampleType: 'integer',
  };
}

/** Gives two's complement samples of `precision` bits the sign in the bits above, as readers of whole words expect. */
export function signExtend(samples: Uint8Array | Uint16Array, precision: number, format: ImageFormat): void {
  const unused = 32 - precision;
  if (!format.signed || format.bitsStored !== precision || precision === format.bitsAllocated) return;
  for (let index = 0; index < samples.length; index++) samples[index] = (samples[index]! << unused) >> unused;
}
