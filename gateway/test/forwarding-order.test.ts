import { readFileSync, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { expect, test, vi } from 'vitest';
import { uidOf } from '../check/instances.mjs';
import { BackOff } from '../src/forward/back-off.mjs';
import { Bandwidth } from '../src/forward/bandwidth.mjs';
import { nextBatch } from '../src/forward/batch.mjs';
import { ConfirmationJournal } from '../src/outbox/confirmation-journal.mjs';
import { type Entry, entryName, readEntryName } from '../src/outbox/entry-name.mjs';
import { runGateway, scratch } from './support/running-gateway.ts';
import { empty, send } from './support/sending.ts';
import { standInArchive } from './support/stand-in-archive.ts';

/* What decides when entries are sent, in which order, and what is noted of them. */

test('the hours of a window give the rate, also over midnight', async () => {
  const windows = [
    { from: 7 * 60, to: 19 * 60, bytesPerSecond: 1000 },
    { from: 22 * 60, to: 60, bytesPerSecond: 0 },
  ];
  const at = (time: string) => new Bandwidth(5000, windows, () => new Date(`2026-01-01T${time}:00`)).rate;
  expect(['06:59', '07:00', '18:59', '19:00', '23:00', '00:59', '01:00'].map(at)).toEqual([
    5000, 1000, 1000, 5000, 0, 0, 5000,
  ]);
  const bandwidth = new Bandwidth(100_000, []);
  const begun = Date.now();
  for (let sent = 0; sent < 75_000; sent += 5000) await bandwidth.take(5000);
  expect(Date.now() - begun).toBeGreaterThan(400);
});

test('waiting grows to its limit, with jitter', () => {
  const backOff = new BackOff(1000, 8000, () => 1);
  const waits = Array.from({ length: 6 }, () => {
    const other = new BackOff(1000, 8000, () => 0);
    other.failed();
    expect(Math.round(other.left / 100)).toBe(5);
    return 0;
  });
  expect(waits.length).toBe(6);
  backOff.failed();
  expect(Math.round(backOff.left / 100)).toBe(10);
  backOff.failed(3_000);
  expect(Math.round(backOff.left / 100)).toBe(30);
  expect(backOff.failures).toBe(1);
  backOff.succeeded();
  expect(backOff.left).toBe(0);
});

test('a batch has no UID twice, and keeps the order of what is held back', () => {
  const entry = (serial: number, sopInstanceUID: string, bytes = 100): Entry => ({
    aeTitle: 'CT',
    receivedAt: 1,
    serial,
    studyInstanceUID: 's',
    sopInstanceUID,
    sha256: 'a'.repeat(64),
    bytes,
  });
  const limits = { bytes: 2000, instances: 3 };
  const serials = (entries: Entry[], later: number[] = []) =>
    nextBatch(entries, limits, ({ serial }) => (later.includes(serial) ? 'later' : 'ready')).map(
      ({ serial }) => serial,
    );
  expect(serials([entry(1, 'a'), entry(2, 'b'), entry(3, 'a')])).toEqual([1, 2]);
  expect(serials([entry(1, 'a'), entry(2, 'b'), entry(3, 'a')], [1])).toEqual([2]);
  expect(serials([entry(1, 'a'), entry(2, 'b'), entry(3, 'c'), entry(4, 'd')])).toEqual([1, 2, 3]);
  expect(serials([entry(1, 'a', 5000), entry(2, 'b')])).toEqual([1]);
  expect(serials([entry(1, 'a'), entry(2, 'b', 5000)])).toEqual([1]);
});

test('the name of a file tells its entry', () => {
  const entry = {
    receivedAt: 1_800_000_000_000,
    serial: 7,
    studyInstanceUID: '1.2'.padEnd(64, '3'),
    sopInstanceUID: 'odd_1.2-3',
    sha256: 'ab'.repeat(32),
  };
  expect(readEntryName(entryName({ ...entry, aeTitle: 'CT', bytes: 1 }))).toEqual(entry);
  const long = { ...entry, sopInstanceUID: '1'.repeat(128) };
  const name = entryName({ ...long, aeTitle: 'CT', bytes: 1 });
  expect(name.length).toBeLessThan(256);
  expect(readEntryName(name)).toEqual({ ...long, studyInstanceUID: '' });
  expect(readEntryName('something.dcm')).toBeUndefined();
});

test('the journal is read in spite of a line that was cut short, the latest entry first', async () => {
  const folder = scratch();
  const one = {
    sopInstanceUID: '1',
    sopClassUID: 'c',
    studyInstanceUID: 's',
    sha256: 'old',
    aeTitle: 'CT',
    confirmedAt: 1,
  };
  const first = new ConfirmationJournal(folder, 90);
  await first.open();
  await first.append([one]);
  await first.close();
  const day = new Date().toISOString().slice(0, 10);
  const path = `${folder}/journal/${day}.jsonl`;
  writeFileSync(path, `${readFileSync(path, 'utf8')}{"sopInstanceUID":"2","sop`);
  writeFileSync(`${folder}/journal/2000-01-01.jsonl`, `${JSON.stringify({ ...one, sopInstanceUID: '3' })}\n`);
  writeFileSync(`${folder}/journal/2999-01-01.jsonl`, '');
  const second = new ConfirmationJournal(folder, 90);
  await second.open();
  await second.append([
    { ...one, sha256: 'new' },
    { ...one, sopInstanceUID: '4' },
  ]);
  await second.close();
  const found = await new ConfirmationJournal(folder, 90).lookUp(['1', '2', '3', '4']);
  expect(found.get('1')?.sha256).toBe('new');
  expect([...found.keys()].sort()).toEqual(['1', '4']);
});

test.each(['1970-01-01', '2099-01-01'])('a clock that is set to %s stops nothing', async (day) => {
  const archive = await standInArchive((_, count) => (count === 2 ? { status: 503 } : 'store'));
  const gateway = await runGateway({ archive: archive.base });
  try {
    await send(gateway, ['1']);
    await empty(gateway);
    vi.useFakeTimers({ toFake: ['Date'], now: new Date(day) });
    await send(gateway, ['2', '3']);
    await empty(gateway);
    expect(archive.stored.size).toBe(3);
    // In the order of their arrival.
    expect(archive.requests.flatMap(({ uids }) => uids).at(-1)).toBe(uidOf('study/3'));
  } finally {
    vi.useRealTimers();
  }
});

test('a full disk is told once, and does not keep from the archive what waits', async () => {
  let isUp = false;
  const archive = await standInArchive(() => (isUp ? 'store' : { status: 503 }));
  const folder = scratch();
  const gateway = await runGateway({ archive: archive.base, folder });
  expect(await send(gateway, ['1', '2', '3'])).toEqual([0, 0, 0]);
  const writable = await fullDisk(folder);
  try {
    expect(await send(gateway, ['4'])).toEqual([0xa700]);
    isUp = true;
    await empty(gateway);
    expect(archive.stored.size).toBe(3);
    const uids = ['1', '2', '3'].map((name) => uidOf(`study/${name}`));
    expect((await new ConfirmationJournal(gateway.data, 90).lookUp(uids)).size).toBe(3);
    const told = gateway.lines.filter(({ event }) => event === 'disk-full');
    expect(told.map(({ level }) => level)).toEqual(['error']);
    expect(gateway.lines.filter(({ reason }) => String(reason).includes('ENOSPC'))).toEqual([]);
  } finally {
    writable();
  }
  await gateway.stop();
  const again = await runGateway({ archive: archive.base, folder });
  expect(await send(again, ['4'])).toEqual([0]);
  await empty(again);
  expect(
    (await new ConfirmationJournal(gateway.data, 90).lookUp(['1', '4'].map((name) => uidOf(`study/${name}`)))).size,
  ).toBe(2);
});

/** As on a disk without a free block: a file takes bytes only where it has some already. @returns what ends it */
async function fullDisk(folder: string): Promise<() => void> {
  const handle = await open(`${folder}/any`, 'w');
  const writing = Object.getPrototypeOf(handle);
  await handle.close();
  const full = () => Promise.reject(Object.assign(new Error('no space left'), { code: 'ENOSPC' }));
  const { write } = writing;
  const spies = (['writev', 'writeFile', 'appendFile'] as const).map((name) =>
    vi.spyOn(writing, name).mockImplementation(full),
  );
  const spy = vi.spyOn(writing, 'write').mockImplementation(async function (this: FileHandle, ...args: unknown[]) {
    const [, , length, position] = args as [Uint8Array, number, number, number];
    return position + length <= (await this.stat()).size ? write.apply(this, args) : full();
  });
  return () => {
    for (const one of [...spies, spy]) one.mockRestore();
  };
}
