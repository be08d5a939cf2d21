import { describe, expect, it } from 'vitest';
import { InstanceReader } from '../../../../src/dicom/instance/instance-reader';
import { concat, EXPLICIT, element, failure, file, latin1, meta, part10, read, UIDS } from '../build';

describe('identity (PS3.10 7.1, PS3.5 9.1)', () => {
  it('names the missing identifier', () => {
    const bytes = part10(EXPLICIT, concat(element(0x00080016, 'UI', '1.2'), element(0x00080018, 'UI', '1.3')));
    expect(failure(() => read(bytes))).toEqual({ code: 'missing-identity', tag: '0020000D' });
    expect(failure(() => read(part10(EXPLICIT, new Uint8Array(0))))).toEqual({
      code: 'missing-identity',
      tag: '00080016',
    });
  });

  it('takes SOP class and instance from the file meta information when the data set lacks them', () => {
    const group = meta(EXPLICIT, [element(0x00020002, 'UI', '1.2.9'), element(0x00020003, 'UI', '1.2.10')]);
    const dataSet = concat(element(0x0020000d, 'UI', '1.4'), element(0x0020000e, 'UI', '1.5'));
    const parsed = read(concat(new Uint8Array(128), latin1('DICM'), group, dataSet));
    expect(parsed.sopClassUID).toBe('1.2.9');
    expect(parsed.sopInstanceUID).toBe('1.2.10');
    expect([...parsed.elements.keys()]).toEqual(['00080016', '00080018', '0020000D', '0020000E']);
    expect(parsed.warnings.map((warning) => warning.reason)).toEqual(['identity-from-meta', 'identity-from-meta']);
  });

  it.each(['../1', '..', '1/2', 'ä', '1 2', '1'.repeat(129), '1.2\\1.3'])('refuses the UID %j', (uid) => {
    const bytes = part10(EXPLICIT, element(0x0020000d, 'UI', uid));
    expect(failure(() => read(bytes))).toEqual({ code: 'malformed', tag: '0020000D' });
  });

  it('accepts an invalid but usable UID with a warning', () => {
    const bytes = part10(
      EXPLICIT,
      concat(
        element(0x00080016, 'UI', '1.2'),
        element(0x00080018, 'UI', '1.02'),
        element(0x0020000d, 'UI', 'study-1'),
        element(0x0020000e, 'UI', '1'.repeat(128)),
      ),
    );
    const parsed = read(bytes);
    expect(parsed.studyInstanceUID).toBe('study-1');
    expect(parsed.seriesInstanceUID).toBe('1'.repeat(128));
    expect(parsed.warnings).toEqual([
      { tag: '00080018', reason: 'invalid-uid' },
      { tag: '0020000D', reason: 'invalid-uid' },
      { tag: '0020000E', reason: 'invalid-uid' },
    ]);
  });

  it('gives the UIDs as soon as they have been read', () => {
    const reader = new InstanceReader();
    const bytes = file(element(0x00200013, 'IS', '7'));
    reader.push(bytes.subarray(0, bytes.length - 40));
    expect(reader.identity).toMatchObject({ sopInstanceUID: UIDS.sop });
    expect(reader.identity.seriesInstanceUID).toBeUndefined();
    reader.push(bytes.subarray(bytes.length - 40));
    expect(reader.identity).toEqual({
      studyInstanceUID: UIDS.study,
      seriesInstanceUID: UIDS.series,
      sopInstanceUID: UIDS.sop,
      sopClassUID: UIDS.sopClass,
    });
  });
});
