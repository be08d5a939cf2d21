import { describe, expect, it } from 'vitest';
import { FRAME_ENTRY_BYTES, FrameTable, readFrameEntry } from '../../../../src/dicom/pixels/pixel-layout';
import { failure } from '../build';

describe('the frame table', () => {
  it('holds offsets beyond 4 GiB', () => {
    const entry = { offset: 5 * 2 ** 40 + 7, span: 0xffffffff, length: 3 };
    const written = new FrameTable(3);
    written.add({ offset: 1, span: 2, length: 2 });
    written.add(entry);
    const table = written.bytes;
    expect(table).toHaveLength(2 * FRAME_ENTRY_BYTES);
    expect(readFrameEntry(table.subarray(FRAME_ENTRY_BYTES))).toEqual(entry);
  });

  it('cannot hold one of several frames that is longer, and need not hold a single frame', () => {
    const long = { offset: 1, span: 2 ** 33, length: 2 ** 33 };
    expect(failure(() => new FrameTable(2).add(long)).code).toBe('too-large');
    const single = new FrameTable(1);
    single.add(long);
    expect(single.first).toEqual(long);
  });
});
