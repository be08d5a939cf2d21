import { describe, expect, test } from 'vitest';
import { CommandField, Status } from '../src/association/command-set.mjs';
import { readDataSet } from '../src/dicom/data-set-reader.mjs';
import { writeDataSet } from '../src/dicom/data-set-writer.mjs';
import { find, gateway, identifier, open, PATIENT_ROOT, STUDY_ROOT, text, texts } from './support/query-retrieve.ts';
import { EXPLICIT, IMPLICIT, line, withServedArchive } from './support/served-archive.ts';

/* C-FIND of the gateway, with the archive behind it. */

withServedArchive();

describe('C-FIND', () => {
  test('study root: studies by range and wildcard, with the keys that were asked for', async () => {
    const found = await find(
      identifier('STUDY', {
        '00080020': ['DA', '20240101-20240201'],
        '00100010': ['PN', 'äpfel*'],
        '00100020': ['LO'],
        '0020000D': ['UI'],
        '00201206': ['IS'],
        '00204000': ['LT'],
        '00181000': ['LO', 'X1'],
      }),
    );
    expect([found.status, [...found.pending]]).toEqual([Status.Success, [Status.PendingWithWarning]]);
    const [match, ...others] = found.matches;
    expect(others).toEqual([]);
    expect(text(match!, 0x00080005)).toBe('ISO_IR 192');
    expect(text(match!, 0x00080052)).toBe('STUDY');
    expect(text(match!, 0x00080054)).toBe('GATEWAY');
    expect(text(match!, 0x00100010)).toBe('Äpfel^Jürgen');
    expect(text(match!, 0x00100020)).toBe('P1');
    expect(text(match!, 0x0020000d)).toBe('1.2.1');
    expect(text(match!, 0x00201206)).toBe('2');
    expect(text(match!, 0x00204000)).toBe('');
    expect([...match!.keys()]).not.toContain(0x00081190);
  });

  test('patient root: each patient once, with counts over its studies', async () => {
    const keys = { '00100020': ['LO'], '00100010': ['PN'], '00201200': ['IS'], '00201204': ['IS'] } as const;
    const found = await find(identifier('PATIENT', { ...keys } as never), { sopClass: PATIENT_ROOT.find });
    const rows = found.matches.map((match) => [0x00100020, 0x00201200, 0x00201204].map((tag) => text(match, tag)));
    expect(rows.sort()).toEqual([
      ['P1', '2', '4'],
      ['P2', '1', '1'],
    ]);
    expect([...found.pending]).toEqual([Status.Pending]);
  });

  test('series and images, by lists of UIDs, in implicit VR', async () => {
    const series = await find(
      identifier('SERIES', { '0020000D': ['UI', '1.2.1'], '0020000E': ['UI'], '00080060': ['CS', 'CT'] }),
      { syntax: IMPLICIT },
    );
    expect(texts(series, 0x0020000e)).toEqual(['1.2.1.1', '1.2.1.2']);
    expect(texts(series, 0x0020000d)).toEqual(['1.2.1', '1.2.1']);
    const images = await find(
      identifier('IMAGE', {
        '0020000D': ['UI', '1.2.1'],
        '0020000E': ['UI', '1.2.1.1'],
        '00080018': ['UI', '1.2.1.1.1', '1.2.1.1.2', '9.9'],
        '00200013': ['IS'],
        '00280010': ['US'],
      }),
      { syntax: IMPLICIT },
    );
    expect(texts(images, 0x00080018)).toEqual(['1.2.1.1.1', '1.2.1.1.2']);
    expect(texts(images, 0x00200013)).toEqual(['1', '2']);
    expect(images.matches[0]!.get(0x00280010)?.value.readUInt16LE()).toBe(16);
  });

  test('a search is hierarchical: the levels above need their unique keys, each with one value', async () => {
    const study: Record<string, [string, ...unknown[]]> = { '0020000D': ['UI', '1.2.1'] };
    const series: Record<string, [string, ...unknown[]]> = { '0020000E': ['UI', '1.2.1.1'] };
    const bad = [
      identifier('SERIES', { '0020000E': ['UI'] }),
      identifier('SERIES', { '0020000D': ['UI', '1.2.1', '1.2.2'] }),
      identifier('SERIES', { '0020000D': ['UI', '*'] }),
      identifier('IMAGE', { '00080018': ['UI'] }),
      identifier('IMAGE', { ...study, '00080018': ['UI'] }),
      identifier('IMAGE', { ...series, '00080018': ['UI'] }),
      identifier('IMAGE', { ...study, '0020000E': ['UI', '1.2.1.1', '1.2.1.2'] }),
    ];
    for (const sopClass of [STUDY_ROOT.find, PATIENT_ROOT.find]) {
      for (const keys of bad) expect(await find(keys, { sopClass })).toMatchObject({ status: 0xa900, matches: [] });
    }
    expect(line.requests).toEqual([]);
    const found = await find(identifier('IMAGE', { ...study, ...series, '00080018': ['UI'] }), {
      sopClass: PATIENT_ROOT.find,
    });
    expect(texts(found, 0x00080018)).toEqual(['1.2.1.1.1', '1.2.1.1.2']);
  });

  test('the character set of the identifier is read', async () => {
    const keys = writeDataSet(identifier('STUDY', { '00100020': ['LO'], '0020000D': ['UI'] }), EXPLICIT);
    const name = Buffer.from('\u00C4PFEL^J\u00DCRGEN', 'latin1');
    const element = (tag: string, vr: string, value: Buffer) => {
      const head = Buffer.alloc(8);
      head.writeUInt16LE(Number.parseInt(tag.slice(0, 4), 16), 0);
      head.writeUInt16LE(Number.parseInt(tag.slice(4), 16), 2);
      head.write(vr, 4);
      head.writeUInt16LE(value.length, 6);
      return Buffer.concat([head, value]);
    };
    const at = keys.indexOf(Buffer.from([0x10, 0, 0x20, 0]));
    const bytes = Buffer.concat([
      element('00080005', 'CS', Buffer.from('ISO_IR 100')),
      keys.subarray(0, at),
      element('00100010', 'PN', name),
      keys.subarray(at),
    ]);
    const association = await open(await gateway(), [
      { abstractSyntax: STUDY_ROOT.find, transferSyntaxes: [EXPLICIT] },
    ]);
    const command = { CommandField: CommandField.C_FIND_RQ, AffectedSOPClassUID: STUDY_ROOT.find };
    const { responses } = await association.start(association.contextFor(STUDY_ROOT.find)!, command, bytes);
    const studies: unknown[] = [];
    for await (const { data } of responses) if (data) studies.push(text(readDataSet(data, EXPLICIT), 0x0020000d));
    expect(studies.sort()).toEqual(['1.2.1', '1.2.2']);
    await association.release();
  });

  test('statuses: another level, a bad value, too many matches, no permission, no archive', async () => {
    const study = identifier('STUDY', { '0020000D': ['UI'] });
    expect((await find(identifier('PATIENT', {}))).status).toBe(0xa900);
    expect((await find(identifier('', {}))).status).toBe(0xa900);
    expect((await find(identifier('STUDY', { '00080020': ['DA', 'yesterday'] }))).status).toBe(0xa900);
    const many = await find(study, { mostMatches: 2 });
    expect([many.status, many.matches.length, many.comment]).toEqual([0xa700, 2, 'more than 2 matches']);
    expect((await find(study, { mayQuery: false })).status).toBe(Status.NotAuthorized);
    line.disturb = (_, response) => {
      response.writeHead(403).end('{"detail":"no"}');
      return true;
    };
    expect(await find(study)).toMatchObject({ status: 0xc001, comment: 'no', matches: [] });
    line.disturb = (_, response) => {
      response.destroy();
      return true;
    };
    expect((await find(study)).status).toBe(0xc001);
  });

  test('C-CANCEL ends it between two matches', async () => {
    const association = await open(await gateway(), [
      { abstractSyntax: STUDY_ROOT.find, transferSyntaxes: [EXPLICIT] },
    ]);
    line.disturb = (request, response) => {
      // The page does not come before the peer has cancelled.
      association.ended.then(() => response.destroy());
      return request.url?.includes('limit') === true;
    };
    const { responses, cancel } = await association.start(
      association.contextFor(STUDY_ROOT.find)!,
      { CommandField: CommandField.C_FIND_RQ, AffectedSOPClassUID: STUDY_ROOT.find },
      writeDataSet(identifier('STUDY', { '0020000D': ['UI'] }), EXPLICIT),
    );
    await cancel();
    const statuses: unknown[] = [];
    for await (const { command } of responses) statuses.push(command.Status);
    expect(statuses).toEqual([Status.Cancel]);
    await association.release();
  });
});
