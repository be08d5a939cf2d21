import { afterEach, beforeEach, expect, it } from 'vitest';
import { CALLS } from '../../../src/storage/answered';
import { withArchive } from '../../support/archive/with-archive';
import { archiveClient } from '../../support/clients/archive-client';
import { slice } from '../../support/files/samples';
import { testBindings } from '../../support/platform/bindings';
import { type Through, watchedBindings } from '../../support/platform/platform-calls';

/*
 * R2 does not answer a call at all: the local runtime does so where its disk has no room for a write. No client waits for ever.
 */

const { longestMs } = CALLS;
const FILE = slice();
const INSTANCE = '/dicomweb/studies/1.2.3.4/series/1.2.3.4.0/instances/1.2.3.4.1';

withArchive();
beforeEach(() => {
  CALLS.longestMs = 300;
});
afterEach(() => {
  CALLS.longestMs = longestMs;
});

/** A client of an archive whose bucket never answers calls of some kinds, as long as `silent` is true. */
function archive(...silent: string[]) {
  const state = { silent: true };
  const through: Through = (call, work) =>
    state.silent && silent.includes(call.operation) ? new Promise(() => undefined) : work();
  return { state, client: archiveClient({}, () => watchedBindings(testBindings(), through)) };
}

it('a store whose write is not answered is 503, and can be sent again', async () => {
  const { state, client } = archive('put', 'begin', 'part');
  const refused = await client.store([FILE]);
  expect(refused.status).toBe(503);
  expect(Number(refused.headers.get('Retry-After'))).toBeGreaterThan(0);
  state.silent = false;
  expect((await client.store([FILE])).status).toBe(200);
  expect(
    new Uint8Array(await (await client.fetch(INSTANCE, { headers: { Accept: 'application/dicom' } })).arrayBuffer()),
  ).toEqual(FILE);
});

it('a read that is not answered is 503', async () => {
  const { state, client } = archive('get');
  state.silent = false;
  expect((await client.store([FILE])).status).toBe(200);
  state.silent = true;
  expect((await client.fetch(INSTANCE, { headers: { Accept: 'application/dicom' } })).status).toBe(503);
});
