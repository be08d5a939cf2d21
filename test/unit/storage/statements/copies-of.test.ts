import { expect, it } from 'vitest';
import { copiesOf } from '../../../../src/storage/statements/copies-of';

const one = (bookmark: string, renewal?: Promise<void>) => ({
  bookmark,
  covers: (other: string) => other <= bookmark,
  renewal: () => renewal,
  catchUp: async () => undefined,
});

it('a bookmark of several databases is covered when each of them has seen its part', () => {
  const seen = copiesOf([one('0005'), one('0003')]);
  expect(seen.bookmark).toBe('0005.0003');
  for (const covered of ['0005.0003', '0004.0003', '0005.', '.0001', '0005', '']) {
    expect([covered, seen.covers(covered)]).toEqual([covered, true]);
  }
  // The last is of an archive that has got a further database, which this isolate does not know.
  for (const other of ['0005.0004', '0006.0001', '0006', '0001.0001.0001']) {
    expect([other, seen.covers(other)]).toEqual([other, false]);
  }
});

it('a database that has not been asked yet has seen nothing', () => {
  expect(copiesOf([one('0005'), one('')]).covers('0005.0001')).toBe(false);
});

it('asks the primaries that are due, and waits for all', async () => {
  expect(copiesOf([one('1'), one('2')]).renewal()).toBeUndefined();
  await expect(copiesOf([one('1'), one('2', Promise.resolve())]).renewal()).resolves.toBeUndefined();
  await expect(copiesOf([one('1', Promise.reject(new Error('lost'))), one('2')]).renewal()).rejects.toThrow('lost');
});
