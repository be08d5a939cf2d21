import { describe, expect, test } from 'vitest';
import { foundText, progressText, speedometer } from '../../../../viewer/upload/progress.mjs';

const MB = 1_000_000;

/** Tells the speedometer so many seconds of 2 MB a second, five times a second. @returns the last speed */
function run(speed: ReturnType<typeof speedometer>, from: { at: number; bytes: number }, seconds: number): number {
  let last = 0;
  for (let step = 0; step < seconds * 5; step += 1) {
    from.at += 200;
    from.bytes += 0.4 * MB;
    last = speed.at(from.bytes, from.at);
  }
  return last;
}

test('what was found says how many files are in ZIP files, which are sent as one file each', () => {
  const item = (kind: 'dicom' | 'zip', count: number) => ({ kind, instances: Array(count).fill({}) });
  const one = item('dicom', 1);
  expect(foundText([one])).toBe('1 DICOM file found');
  expect(foundText([one, one, item('zip', 30)])).toBe('32 DICOM files found, 30 of them in 1 ZIP file');
  expect(foundText([one, item('zip', 3), item('zip', 2), item('zip', 0)])).toBe(
    '6 DICOM files found, 5 of them in 2 ZIP files, and 1 ZIP file into which the archive will look',
  );
});

describe('the speed of an upload', () => {
  test('is that of the last seconds, and not told at once', () => {
    const speed = speedometer();
    const now = { at: 1000, bytes: 0 };
    expect(speed.at(0, now.at)).toBe(0);
    expect(speed.at(400_000, now.at + 200)).toBe(0);
    speed.reset();
    expect(run(speed, now, 5)).toBeCloseTo(2 * MB, -3);
  });

  test('does not count an outage, or sleep', () => {
    const speed = speedometer();
    const now = { at: 1000, bytes: 0 };
    run(speed, now, 20);
    now.at += 2 * 3600 * 1000;
    expect(run(speed, now, 2)).toBeCloseTo(2 * MB, -3);
  });

  test('does not count what has to be sent again', () => {
    const speed = speedometer();
    const now = { at: 1000, bytes: 0 };
    run(speed, now, 5);
    now.bytes -= 5 * MB;
    expect(run(speed, now, 3)).toBeCloseTo(2 * MB, -3);
  });

  test('gives the time that is left', () => {
    const progress = { files: 4, doneFiles: 1, bytes: 400 * MB, doneBytes: 100 * MB };
    expect(progressText(progress, 2 * MB)).toMatch(/about 3 min left$/);
    expect(progressText(progress, 0)).not.toContain('left');
  });
});
