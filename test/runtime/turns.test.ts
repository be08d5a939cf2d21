import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { ObjectBytes } from '../../src/archive/upload/object-bytes';
import { r2Objects } from '../../src/storage/r2-objects';
import { retrying } from '../../src/storage/retries';

const LONG_MS = 400;

/** Whether a timer of 50 ms has fired before work of 400 ms ends. */
async function letsTimersRun(step: () => Promise<unknown>): Promise<boolean> {
  let fired = false;
  setTimeout(() => {
    fired = true;
  }, 50);
  for (const end = Date.now() + LONG_MS; Date.now() < end; ) await step();
  return fired;
}

// The local runtime looks for requests and timers only when R2 and D1, which are in its thread, have nothing ready.
describe('a request with much to do', () => {
  it('lets timers run between calls to D1', async () => {
    expect(await letsTimersRun(() => retrying(() => env.DB.prepare('SELECT 1').all()))).toBe(true);
  });

  it('lets timers run between calls to R2', async () => {
    const objects = r2Objects(env.BUCKET, 'turns/');
    await objects.put('one', new Uint8Array(1000));
    expect(await letsTimersRun(() => objects.byteLength('one'))).toBe(true);
  });

  it('lets timers run while it reads an object', async () => {
    const objects = r2Objects(env.BUCKET, 'turns/');
    const length = 16 * 1024 ** 2;
    await objects.put('long', new Uint8Array(length));
    const bytes = new ObjectBytes(objects, 'long', length);
    const step = async () => {
      if ((await bytes.read()) === null) bytes.seek(0);
    };
    expect(await letsTimersRun(step)).toBe(true);
    await bytes.close();
  });
});
