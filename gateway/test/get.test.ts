import { describe, expect, test } from 'vitest';
import { CommandField, Status } from '../src/association/command-set.mjs';
import { readDataSet } from '../src/dicom/data-set-reader.mjs';
import type { JSONDataSet } from '../src/dicom/data-set-writer.mjs';
import { implicitFromExplicit } from '../src/retrieve/implicit-stream.mjs';
import { CT, gateway, ofStudy, open, retrieve, STUDY_ROOT, storage } from './support/query-retrieve.ts';
import { dataSetOf, EXPLICIT, fileOf, IMPLICIT, RLE, withServedArchive } from './support/served-archive.ts';

/* C-GET of the gateway, with the archive behind it. */

withServedArchive();

describe('C-GET', () => {
  const get = async (syntaxes: readonly string[], keys: JSONDataSet) => {
    const { service, received } = storage(syntaxes);
    const association = await open(
      await gateway(),
      [
        { abstractSyntax: STUDY_ROOT.get, transferSyntaxes: [IMPLICIT] },
        ...syntaxes.map((syntax) => ({
          abstractSyntax: CT,
          transferSyntaxes: [syntax],
          role: { scu: false, scp: true },
        })),
      ],
      [service],
    );
    const command = { CommandField: CommandField.C_GET_RQ, AffectedSOPClassUID: STUDY_ROOT.get };
    const result = await retrieve(association, command, keys);
    await association.release();
    return { ...result, received };
  };

  test('sends on the same association, as stored where that was accepted', async () => {
    const { last, received } = await get([EXPLICIT, RLE], ofStudy('1.2.1', '1.2.3'));
    expect(last).toMatchObject({ Status: Status.Success, NumberOfCompletedSuboperations: 4 });
    expect(received.map(({ sop, transferSyntax }) => [sop, transferSyntax]).sort()).toEqual([
      ['1.2.1.1.1', EXPLICIT],
      ['1.2.1.1.2', EXPLICIT],
      ['1.2.1.2.3', EXPLICIT],
      ['1.2.3.1.1', RLE],
    ]);
    expect(received[0]!.command.MoveOriginatorMessageID).toBeUndefined();
  });

  test('instances of a SOP class that the peer does not take fail', async () => {
    const { last, failed } = await get([], ofStudy('1.2.2'));
    expect([last.Status, failed]).toEqual([0xa702, '1.2.2.1.1']);
  });
});

test('a data set that ends within its pixels has the length of what is there', async () => {
  const explicit = dataSetOf(fileOf('1.2.1.1.1'));
  for (const missing of [100, 101]) {
    const cut = explicit.subarray(0, explicit.length - missing);
    const source = (async function* () {
      yield cut;
    })();
    const pieces: Buffer[] = [];
    for await (const piece of implicitFromExplicit(source, cut.length)) pieces.push(piece);
    const pixels = readDataSet(Buffer.concat(pieces), IMPLICIT).get(0x7fe00010)!.value;
    // Of even length: PS3.5 7.1.
    expect(pixels.length).toBe(512 - 100);
    expect(pixels.subarray(0, 400).equals(explicit.subarray(-512, -112))).toBe(true);
  }
});

test('explicit VR becomes implicit VR in pieces of any length', async () => {
  const explicit = dataSetOf(fileOf('1.2.1.1.2'));
  const expected = readDataSet(explicit, EXPLICIT);
  for (const length of [7, 1000, explicit.length]) {
    const pieces: Buffer[] = [];
    const source = (async function* () {
      for (let at = 0; at < explicit.length; at += length) yield explicit.subarray(at, at + length);
    })();
    for await (const piece of implicitFromExplicit(source)) pieces.push(piece);
    const found = readDataSet(Buffer.concat(pieces), IMPLICIT);
    expect([...found.keys()]).toEqual([...expected.keys()]);
    for (const [tag, { value, items }] of expected) {
      expect(found.get(tag)?.value.equals(value), String(tag)).toBe(true);
      expect(found.get(tag)?.items?.length).toBe(items?.length);
    }
  }
  await expect(
    (async () => {
      for await (const _ of implicitFromExplicit(
        (async function* () {
          yield explicit.subarray(0, 101);
        })(),
      ));
    })(),
  ).rejects.toThrow('cut short');
});
