import { nativeImage, uidOf } from '../../test/support/files/synthetic.ts';

/** Slices of the series that are measured; 512 x 512 samples of 16 bits. */
export const SLICES = 200;
/** Bytes of one slice. */
export const FRAME_BYTES = 512 * 512 * 2;
const STUDIES = 300;

/**
 * Makes a CT series whose files are all of one length. The same name makes the same series.
 * @param {string} name
 * @param {number} [count]
 */
export function ctSeries(name, count = SLICES) {
  const study = uidOf(`bench ${name}`);
  const series = uidOf(`bench ${name} series`);
  const instances = Array.from({ length: count }, (_, at) => uidOf(`bench ${name} ${String(at).padStart(5, '0')}`));
  const files = instances.map((instance, at) =>
    nativeImage({ study, series, instance, number: 1000 + at * 4, patientID: 'CT' }),
  );
  return { study, series, instances, files };
}

/** Small studies of one image each, to fill a list. */
export function smallStudies() {
  return Array.from({ length: STUDIES }, (_, at) => {
    const name = `study ${at}`;
    const [study, series, instance] = ['study', 'series', 'instance'].map((level) => uidOf(`${name} ${level}`));
    return nativeImage({
      study: study ?? '',
      series: series ?? '',
      instance: instance ?? '',
      rows: 16,
      columns: 16,
      patientID: `L${at}`,
    });
  });
}
