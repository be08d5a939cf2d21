import { describe, expect, it } from 'vitest';
import { withArchive } from '../support/archive/with-archive';
import { testBindings } from '../support/platform/bindings';
import { PRODUCTION } from '../support/platform/platform-limits';
import { asInvocation, Invocation } from '../support/platform/production-limits';

withArchive();

const INSERT = 'INSERT INTO search_mark (key, newest_row, created_at) VALUES (?, 1, 1)';
const big = (bytes: number) => 'x'.repeat(bytes);

describe('the bindings of the tests refuse what production refuses', () => {
  const { database, bucket } = testBindings();
  const marks = async () => await database.prepare('SELECT count(*) AS n FROM search_mark').first<number>('n');

  it('a bound value of more than 2,000,000 bytes of UTF-8', async () => {
    const insert = (text: string) => database.prepare(INSERT).bind(text).run();
    await expect(insert(big(PRODUCTION.valueBytes + 1))).rejects.toThrow('SQLITE_TOOBIG');
    await expect(insert('ü'.repeat(PRODUCTION.valueBytes / 2 + 1))).rejects.toThrow('SQLITE_TOOBIG');
    expect(await marks()).toBe(0);
  });

  it('a row of more than 2,000,000 bytes, and with it its whole batch', async () => {
    const half = big(1_100_000);
    const insert = database.prepare('INSERT INTO secret (name, value) VALUES (?, ?)');
    await insert.bind('fits', half).run();
    await expect(insert.bind(half, half).run()).rejects.toThrow('SQLITE_TOOBIG');
    const batch = database.withSession('first-primary');
    const statements = [batch.prepare(INSERT).bind('one'), batch.prepare('UPDATE secret SET name = ?').bind(half)];
    await expect(batch.batch(statements)).rejects.toThrow('SQLITE_TOOBIG');
    expect([await marks(), await database.prepare('SELECT name FROM secret').first('name')]).toEqual([0, 'fits']);
  });

  it('more than 1,000 statements, or 10,000 calls, in one request', async () => {
    const one = () => database.prepare('SELECT 1').first();
    const statements = Array.from({ length: 999 }, () => database.prepare('SELECT 1'));
    const queries = asInvocation(async () => {
      await database.batch(statements);
      await one();
      await one();
    });
    await expect(queries).rejects.toThrow('Too many API requests');
    const few = new Invocation({ ...PRODUCTION, subrequests: 2 });
    const calls = asInvocation(() => Promise.all([bucket.head('a'), bucket.head('b'), bucket.head('c')]), few);
    await expect(calls).rejects.toThrow('Too many subrequests');
    await one();
  });

  it('two writes to one key within a second, and more than 1,000 keys a delete', async () => {
    await bucket.put('key', big(1));
    await expect(bucket.put('key', big(2))).rejects.toThrow('(10058)');
    await expect(bucket.delete(Array.from({ length: 1001 }, (_, n) => String(n)))).rejects.toThrow('1000');
    await expect(bucket.put(big(1025), big(1))).rejects.toThrow('(10020)');
  });

  it('more than six calls at once: the others wait', async () => {
    const invocation = new Invocation();
    const found = await asInvocation(() => Promise.all(Array.from({ length: 20 }, () => bucket.head('a'))), invocation);
    expect([found.length, invocation.mostWaiting]).toEqual([20, 6]);
  });
});
