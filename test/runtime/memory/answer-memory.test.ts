import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { createApp } from '../../../src/app';
import { Ledger } from '../../../src/archive/memory/ledger';
import { LEDGER_LIMITS } from '../../../src/archive/memory/ledger-limits';
import { openArchive } from '../../../src/storage/open-archive';
import { withArchive } from '../../support/archive/with-archive';
import { multipart, ORIGIN } from '../../support/clients/archive-client';
import { item, longHeader } from '../../support/files/hostile';
import { joined } from '../../support/files/part10';
import { slice } from '../../support/files/samples';
import { plainBindings } from '../../support/platform/bindings';

const MIB = 1024 * 1024;
const STUDY = '/dicomweb/studies/1.2.3.4';
/** Empty items. Each has three characters in JSON: 1.7 MiB. */
const ITEMS = 600_000;

withArchive();

it('the ledger counts metadata on its way to clients, with all copies of a long text, and the content of caches', async () => {
  const ledger = new Ledger();
  const bindings = plainBindings();
  const app = createApp(() => openArchive('answer-memory', bindings), { ledger });
  const send = async <Used>(
    path: string,
    init: RequestInit,
    use: (response: Response) => Promise<Used>,
  ): Promise<Used> => {
    const context = createExecutionContext();
    const response = await app.fetch(new Request(ORIGIN + path, init), { ...env, ALLOW_ANONYMOUS: 'true' }, context);
    const used = await use(response);
    await waitOnExecutionContext(context);
    return used;
  };
  const items = new Uint8Array(8 * ITEMS);
  for (let at = 0; at < ITEMS; at++) items.set(item(0), 8 * at);
  const long = joined([slice({ sop: '1.2.3.4.1', pixels: false }), longHeader(0x0040a730, 'SQ', 8 * ITEMS), items]);
  const init = { method: 'POST', ...multipart([long, slice({ sop: '1.2.3.5.1', study: '1.2.3.5' })]) } as RequestInit;
  expect(await send('/dicomweb/studies', init, async ({ status }) => status)).toBe(200);

  const lengthOf = async (path: string) =>
    await send(path, {}, async (response) => (await response.arrayBuffer()).byteLength);
  ledger.peak = 0;
  const length = await lengthOf(`${STUDY}/metadata`);
  expect(length).toBeGreaterThan(3 * ITEMS);
  expect(ledger.peak).toBeGreaterThanOrEqual(3 * length * 0.99);
  expect(ledger.holding('answer')).toBe(0);

  ledger.peak = 0;
  await Promise.all(Array.from({ length: 100 }, () => lengthOf('/dicomweb/studies/1.2.3.5/metadata')));
  expect(ledger.peak).toBeGreaterThan(20 * MIB);
  expect(ledger.peak).toBeLessThanOrEqual(LEDGER_LIMITS.most.answer + LEDGER_LIMITS.small + 12 * MIB);
  expect(ledger.holding('answer')).toBe(0);

  const before = ledger.held;
  await lengthOf('/dicomweb/studies/1.2.3.5/series/1.2.3.4.0/instances/1.2.3.5.1/frames/1');
  expect(ledger.held).toBeGreaterThan(before);
});
