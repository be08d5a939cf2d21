import { describe, expect, it } from 'vitest';
import { arrived, countsOf, uidsIn } from '../../../viewer/not-shown/arrived.mjs';

const counts = (...list: [string, number][]) => new Map(list);

describe('images that arrive while their study is open', () => {
  it('are those that neither were there before nor have been read', () => {
    expect(arrived(counts(['1', 2]), counts(['1', 2]), counts())).toBe(0);
    expect(arrived(counts(['1', 2]), counts(['1', 5], ['2', 3]), counts())).toBe(6);
    expect(arrived(counts(['1', 2]), counts(['1', 5], ['2', 3]), counts(['1', 4], ['2', 3]))).toBe(1);
    expect(arrived(counts(['1', 9], ['2', 1]), counts(['1', 4]), counts(['1', 9]))).toBe(0);
  });

  it('are counted in series of images, and in those that the address names', () => {
    const series = (uid: string, modality: string, count: number) => ({
      '00080060': { vr: 'CS', Value: [modality] },
      '0020000E': { vr: 'UI', Value: [uid] },
      '00201209': { vr: 'IS', Value: [count] },
    });
    const list = [
      series('1', 'CT', 3),
      series('2', 'SR', 1),
      series('3', 'MR', 4),
      { '0020000E': { vr: 'UI', Value: ['4'] } },
    ];
    expect(countsOf(list, [])).toEqual(counts(['1', 3], ['3', 4], ['4', 0]));
    expect(countsOf(list, ['3'])).toEqual(counts(['3', 4]));
  });

  it('belong to the studies of the address, whatever way it names them', () => {
    expect(uidsIn('?studyinstanceuids=1.2,1.3&StudyInstanceUIDs=1.4&x=1.5', 'StudyInstanceUIDs')).toEqual([
      '1.2',
      '1.3',
      '1.4',
    ]);
    expect(uidsIn('?StudyInstanceUIDs=../1', 'StudyInstanceUIDs')).toEqual([]);
  });
});
