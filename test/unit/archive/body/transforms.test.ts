import { describe, expect, it } from 'vitest';
import { eraseInFragments } from '../../../../src/archive/body/transforms';
import { CommentEraser } from '../../../../src/dicom/pixels/comment-eraser';

describe('eraseInFragments', () => {
  it('leaves the headers of items, whatever they say, and erases in each frame', () => {
    const item = (...bytes: number[]) => [0xfe, 0xff, 0x00, 0xe0, bytes.length, 0, 0, 0, ...bytes];
    const comment = (...text: number[]) => [0xff, 0xfe, 0, text.length + 2, ...text];
    // The second frame has two fragments, which divide its comment.
    const fragments = (a: number, b: number) => [
      ...item(0xff, 0xd8, ...comment(a, b), 0xff, 0xda, 0, 3, 1, 5, 6, 0xff, 0xd9),
      ...item(0xff, 0xd8, 0xff, 0xfe, 0, 4, a),
      ...item(b, 0xff, 0xda, 0, 3, 1, 5, 6, 0xff, 0xd9, 0),
    ];
    for (const chunk of [1, 3, 8, 1000]) {
      const bytes = Uint8Array.from(fragments(77, 88));
      const { push, end } = eraseInFragments(() => new CommentEraser())();
      const passed: number[] = [];
      for (let at = 0; at < bytes.length; at += chunk) passed.push(...push(bytes.subarray(at, at + chunk)));
      passed.push(...end());
      expect(passed, String(chunk)).toEqual(fragments(0, 0));
    }
  });
});
