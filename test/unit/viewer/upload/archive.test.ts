import { afterEach, expect, test, vi } from 'vitest';
import { archiveAt, storeResponse } from '../../../../viewer/upload/sending/archive.mjs';
import { persist } from '../../../../viewer/upload/sending/persist.mjs';

afterEach(() => vi.unstubAllGlobals());

const { signal } = new AbortController();
const answers = (body: string) => vi.stubGlobal('fetch', async () => new Response(body));
const fails = (cause: object) => vi.stubGlobal('fetch', () => Promise.reject(new TypeError('failed', { cause })));

test.each(['<html>Sign in</html>', '', 'null', '{}'])(
  'an answer that is not of an archive may pass: %j',
  async (body) => {
    answers(body);
    const archive = archiveAt('https://pacs.example.org/dicomweb');
    const fault = { name: 'Error', status: 0, message: 'Something other than the archive answers at its address.' };
    await expect(archive.openSession(signal, 'k')).rejects.toMatchObject(fault);
    await expect(archive.hasSession(signal, 's')).rejects.toMatchObject(fault);
    await expect(archive.known(signal, 's', [])).rejects.toMatchObject(fault);
  },
);

test('a page in place of the answer to a store is not the refusal of the files', () => {
  expect(() => storeResponse(200, '<html>Sign in</html>', null)).toThrow(expect.objectContaining({ status: 0 }));
  expect(() => storeResponse(400, '<html>Bad</html>', null)).toThrow(expect.objectContaining({ status: 400 }));
});

test.each([
  [{ message: 'unexpected redirect' }, /sends its clients on/],
  [{ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }, /not trusted \(DEPTH_ZERO_SELF_SIGNED_CERT\).*NODE_EXTRA_CA_CERTS/],
])('an address that will never be the archive is not tried again: %j', async (cause, said) => {
  fails(cause);
  const archive = archiveAt('https://pacs.example.org/dicomweb');
  const waits: unknown[] = [];
  const patience = { signal, onWait: (error: unknown) => waits.push(error) };
  await expect(persist(() => archive.openSession(signal, 'k'), patience)).rejects.toThrow(said);
  expect(waits).toEqual([]);
});
