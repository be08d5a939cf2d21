import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { instanceOf, sha256, uidOf } from '../check/instances.mjs';
import { fileMeta } from '../src/dicom/file-meta.mjs';
import { ConfirmationJournal } from '../src/outbox/confirmation-journal.mjs';
import { jsonOf, runGateway, scratch, until } from './support/running-gateway.ts';
import { empty, send } from './support/sending.ts';
import { failedWith, standInArchive } from './support/stand-in-archive.ts';

const SLOW = '[forward]\nsettleSeconds = 0.3\nbackOffSeconds = 0.05\nlongestBackOffSeconds = 0.1';

test('a study goes in one request, and leaves the outbox when the archive has named it', async () => {
  const archive = await standInArchive();
  const gateway = await runGateway({ archive: archive.base, toml: SLOW });
  await send(gateway, ['1', '2', '3']);
  const digests = gateway.files('outbox').map((path) => sha256(readFileSync(path)));
  await empty(gateway);
  expect(archive.requests.length).toBe(1);
  const { headers, uids } = archive.requests[0]!;
  expect(uids).toEqual(['1', '2', '3'].map((name) => uidOf(`study/${name}`)));
  expect(headers['idempotency-key']).toMatch(/^"[\da-f]{64}"$/);
  expect(Number(headers['content-length'])).toBeGreaterThan(1500);
  expect(archive.stored).toEqual(new Set(digests));
  await gateway.stop();
  const confirmations = new ConfirmationJournal(gateway.data, 90);
  const found = await confirmations.lookUp([uids[1]!, 'unknown']);
  expect([...found.keys()]).toEqual([uids[1]]);
  expect(found.get(uids[1]!)).toMatchObject({
    sha256: digests[1],
    sopClassUID: '1.2.840.10008.5.1.4.1.1.2',
    studyInstanceUID: uidOf('study'),
    aeTitle: 'CT',
  });
});

test('an archive that is busy, or a line that breaks, gets the same request again', async () => {
  const archive = await standInArchive((_, count) => {
    if (count === 1) return { status: 503, headers: { 'Retry-After': '0' } };
    return count <= 3 ? 'cut' : 'store';
  });
  const gateway = await runGateway({ archive: archive.base, toml: SLOW });
  await send(gateway, ['1', '2']);
  await empty(gateway);
  expect(archive.requests.length).toBe(4);
  expect(new Set(archive.requests.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
  expect(archive.stored.size).toBe(2);
});

test('what the archive refuses goes to a folder with its reason, and an alert is given without values of patients', async () => {
  const bad = uidOf('study/2');
  const archive = await standInArchive(
    ({ uids }) => ({ failures: uids.includes(bad) ? { [bad]: 0xa900 } : {} }),
    () => ({ status: 204 }),
  );
  const gateway = await runGateway({
    archive: archive.base,
    toml: `${SLOW}\n[alert]\nwebhook = "${archive.origin}/alert"`,
  });
  await send(gateway, ['1', '2', '3']);
  await until(() => archive.others.length > 0, 'the alert');
  await empty(gateway);
  expect(archive.stored.size).toBe(2);
  const [file, reason] = gateway.files('refused');
  expect(file).toContain(bad);
  expect(jsonOf(reason!)).toMatchObject({ aeTitle: 'CT', failureReason: 'A900', status: 202 });
  expect(JSON.parse(archive.others[0]!.body)).toMatchObject({ event: 'instance-refused', failureReason: 'A900' });
  expect(archive.others[0]!.body).not.toContain(bad);
  expect(await gateway.page('/metrics')).toContain('gateway_refused_total{ae="CT"} 1');
});

test('a failure that may pass, and an instance that the answer forgets, are sent again', async () => {
  const [one, two] = [uidOf('study/1'), uidOf('study/2')];
  const archive = await standInArchive(({ uids }, count) => {
    if (count > 1) return 'store';
    return uids.length === 2 ? { status: 202, body: { '00081198': failedWith(one, 0xa700) } } : { failures: {} };
  });
  const gateway = await runGateway({ archive: archive.base, toml: SLOW });
  await send(gateway, ['1', '2']);
  await empty(gateway);
  expect(archive.requests.map(({ uids }) => uids.length)).toEqual([2, 1, 1]);
  expect(new Set(archive.requests.slice(1).flatMap(({ uids }) => uids))).toEqual(new Set([one, two]));
  expect(archive.stored.size).toBe(2);
  expect(gateway.files('refused')).toEqual([]);
});

test('an answer that is not of an archive refuses nothing', async () => {
  let answer = { status: 400, body: { error: 'a proxy' } as unknown };
  const archive = await standInArchive(() => (answer.status === 0 ? 'store' : answer));
  const gateway = await runGateway({ archive: archive.base });
  await send(gateway, ['1']);
  await until(() => archive.requests.length >= 2, 'a second try');
  answer = { status: 403, body: undefined };
  await until(() => gateway.lines.some(({ event }) => event === 'archive-refuses-the-gateway'), 'an alert');
  answer = { status: 200, body: { hello: 'world' } };
  await until(() => archive.requests.length >= 6, 'more tries');
  expect(gateway.files('outbox').length).toBe(1);
  answer = { status: 0, body: undefined };
  await empty(gateway);
  expect(gateway.files('refused')).toEqual([]);
});

test('a key that the archive has revoked loses nothing, and an alert is given', async () => {
  const archive = await standInArchive((_, count) => (count <= 2 ? { status: 401 } : 'store'));
  const gateway = await runGateway({ archive: archive.base });
  expect(await send(gateway, ['1', '2'])).toEqual([0, 0]);
  await until(() => gateway.lines.some(({ event }) => event === 'archive-refuses-the-gateway'), 'an alert');
  await empty(gateway);
  expect(archive.stored.size).toBe(2);
  expect(gateway.files('refused')).toEqual([]);
});

test('a request that is too long for the archive is made shorter', async () => {
  const archive = await standInArchive(({ files }) => (files.length > 2 ? { status: 413 } : 'store'));
  const gateway = await runGateway({ archive: archive.base, toml: `${SLOW}\nrequestBytes = 20000` });
  await send(gateway, ['1', '2', '3', '4', '5', '6'], 'study', 2000);
  await empty(gateway);
  expect(archive.stored.size).toBe(6);
});

test('a token is fetched by client credentials, and fetched again when the archive refuses it', async () => {
  let tokens = 0;
  const archive = await standInArchive(
    ({ headers }) => (headers.authorization === 'Bearer token-2' ? 'store' : { status: 401 }),
    (request, body) => {
      expect(request.headers.authorization).toBe(`Basic ${Buffer.from('gateway:s%2Bcret').toString('base64')}`);
      expect(body.toString()).toBe('grant_type=client_credentials&scope=store');
      tokens++;
      return { status: 200, body: { access_token: `token-${tokens}`, token_type: 'Bearer', expires_in: 3600 } };
    },
  );
  const folder = scratch();
  writeFileSync(`${folder}/secret`, 's+cret\n');
  const gateway = await runGateway({
    folder,
    toml: `[archive]\nurl = "${archive.base}"\n[archive.oauth]\ntokenURL = "${archive.origin}/token"

clientID = "gateway"\nclientSecretFile = "secret"\nscope = "store"`,
  });
  await send(gateway, ['1']);
  await empty(gateway);
  expect(tokens).toBe(2);
});

test('a file that changed on the disk is not sent', async () => {
  let open = false;
  const archive = await standInArchive(() => (open ? 'store' : { status: 503 }));
  const gateway = await runGateway({ archive: archive.base });
  await send(gateway, ['1', '2']);
  const [path] = gateway.files('outbox');
  const file = readFileSync(path!);
  file[file.length - 1]! ^= 1;
  writeFileSync(path!, file);
  open = true;
  await empty(gateway);
  expect(archive.stored.size).toBe(1);
  expect(jsonOf(gateway.files('refused')[1]!).reason).toContain('has changed');
});

test('an image that the archive has from another sender is confirmed under the digest of the archive, other content is refused', async () => {
  const held = ['same', 'other'].map((name) => instanceOf('study', name));
  const fileOf = (instance: (typeof held)[number], data: Buffer) =>
    Buffer.concat([fileMeta({ ...instance, sourceAETitle: 'ELSEWHERE' }), data]);
  const files = new Map([
    [held[0]!.sopInstanceUID, fileOf(held[0]!, held[0]!.data)],
    [held[1]!.sopInstanceUID, fileOf(held[1]!, Buffer.concat([held[1]!.data, Buffer.from('00')]))],
  ]);
  const archive = await standInArchive(
    ({ uids }) => ({ failures: Object.fromEntries(uids.map((uid) => [uid, 0x0111])) }),
    (request) => {
      const uid = [...files.keys()].find((one) => request.url?.includes(one))!;
      const series = { '0020000E': { vr: 'UI', Value: ['1.2'] } };
      return request.url?.includes('/series/')
        ? { status: 200, body: files.get(uid) }
        : { status: 200, body: [series] };
    },
  );
  const gateway = await runGateway({ archive: archive.base });
  await send(gateway, ['same', 'other']);
  await empty(gateway);
  expect(gateway.files('refused').length).toBe(2);
  expect(gateway.files('refused')[0]).toContain(held[1]!.sopInstanceUID);
  const found = await new ConfirmationJournal(gateway.data, 90).lookUp(files.keys());
  const [same, other] = held.map(({ sopInstanceUID }) => found.get(sopInstanceUID));
  expect([same?.sha256, same?.isRefused]).toEqual([sha256(files.get(held[0]!.sopInstanceUID)!), undefined]);
  // Noted too: what was confirmed before under the UID is not what came last.
  expect(other?.isRefused).toBe(true);
});

test('the archive is reached through a proxy, if one is given', async () => {
  const archive = await standInArchive();
  const asked: string[] = [];
  const proxy = createServer((request, response) => {
    asked.push(request.url ?? '');
    const { method, headers } = request;
    const onward = new URL(new URL(request.url ?? '').pathname, archive.origin);
    request.pipe(httpRequest(onward, { method, headers }, (answer) => answer.pipe(response)));
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', () => resolve()));
  const { port } = proxy.address() as AddressInfo;
  const url = 'http://archive.invalid/dicomweb';
  const gateway = await runGateway({ toml: `[archive]\nurl = "${url}"\nproxy = "http://127.0.0.1:${port}"` });
  await send(gateway, ['1']);
  await empty(gateway);
  expect(asked).toEqual([`${url}/studies`]);
  expect(archive.stored.size).toBe(1);
  proxy.closeAllConnections();
  proxy.close();
});

test('a window that is closed holds everything back', async () => {
  const archive = await standInArchive();
  const gateway = await runGateway({
    archive: archive.base,
    toml: `${SLOW}\n[[forward.window]]\nfrom = "00:00"\nto = "24:00"\nbytesPerSecond = 0`,
  });
  expect(await send(gateway, ['1'])).toEqual([0]);
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(archive.requests.length).toBe(0);
});
