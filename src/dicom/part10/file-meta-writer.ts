import { IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME } from './implementation';
import type { Part10Layout } from './part10-layout';

const PREAMBLE_BYTES = 128;

/** Writes preamble, prefix and File Meta Information (PS3.10 7.1), which is explicit VR little endian. */
export function writeFileMeta(
  layout: Part10Layout,
  transferSyntaxUID: string,
  sopClassUID: string,
  sopInstanceUID: string,
): void {
  layout.fill(0, PREAMBLE_BYTES);
  layout.bytes(ascii('DICM'));
  header(layout, 0x00020000, 'UL', 4);
  const setGroupLength = layout.laterUint32();
  const start = layout.length;
  header(layout, 0x00020001, 'OB', 0);
  layout.uint32(2);
  layout.bytes(Uint8Array.of(0, 1));
  text(layout, 0x00020002, 'UI', sopClassUID);
  text(layout, 0x00020003, 'UI', sopInstanceUID);
  text(layout, 0x00020010, 'UI', transferSyntaxUID);
  text(layout, 0x00020012, 'UI', IMPLEMENTATION_CLASS_UID);
  text(layout, 0x00020013, 'SH', IMPLEMENTATION_VERSION_NAME);
  setGroupLength(layout.length - start);
}

function header(layout: Part10Layout, tag: number, vr: string, length: number): void {
  layout.tag(tag);
  layout.vr(vr);
  layout.uint16(length);
}

function text(layout: Part10Layout, tag: number, vr: 'UI' | 'SH', value: string): void {
  const odd = value.length % 2;
  header(layout, tag, vr, value.length + odd);
  layout.bytes(ascii(value));
  layout.fill(vr === 'UI' ? 0 : 0x20, odd);
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
