import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { RemoteArchive } from '../../scripts/backup/remote-archive.mjs';
import { askArchive } from '../../scripts/support/ask-archive.mjs';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

async function serverThat(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  ends.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function archiveBehind(answer: RequestListener, answerMs?: number): Promise<RemoteArchive> {
  return new RemoteArchive({ root: await serverThat(answer), credential: 'k', ...(answerMs && { answerMs }) });
}

test('a list whose answer breaks off is asked for again', async () => {
  let requests = 0;
  const archive = await archiveBehind((_request, response) => {
    requests += 1;
    const whole = '{"objects":[],"keys":["a"],"cursor":null}';
    response.writeHead(200, { 'Content-Length': whole.length });
    if (requests % 2 === 0) response.end(whole);
    else response.write('{"obj', () => response.destroy());
  });
  const keys = [];
  for await (const key of archive.keys('index/')) keys.push(key);
  expect(keys).toEqual(['a']);
  expect(await archive.namedBy('index/1/2')).toEqual([]);
  expect(requests).toBe(4);
});

test('an address that refers to another one is not asked again, and says so', async () => {
  let requests = 0;
  const archive = await archiveBehind((_request, response) => {
    requests += 1;
    response.writeHead(302, { Location: 'http://127.0.0.1:1/' }).end();
  });
  await expect(archive.json('GET', '/backup/studies')).rejects.toThrow(/sends its clients on to another one/);
  expect(requests).toBe(1);
});

test('an archive that says nothing is asked three times', async () => {
  let requests = 0;
  const archive = await archiveBehind(() => {
    requests += 1;
  }, 50);
  await expect(archive.json('GET', '/backup/studies')).rejects.toThrow(/^No answer from .* within 0\.05 seconds\.$/);
  expect(requests).toBe(3);
});

test('an archive that is busy is asked again when it says, by every command', async () => {
  for (const status of [429, 503]) {
    let requests = 0;
    const root = await serverThat((_request, response) => {
      requests += 1;
      if (requests < 3) response.writeHead(status, { 'Retry-After': '0' }).end();
      else response.end('{"done":true}');
    });
    const question = { method: 'POST', credential: 'k' };
    expect(await askArchive(`${root}/verification`, question)).toEqual({ done: true });
    expect(requests).toBe(3);
  }
});

test('a refusal without a time ends a command', async () => {
  let requests = 0;
  const root = await serverThat((_request, response) => {
    requests += 1;
    response.writeHead(503).end();
  });
  await expect(askArchive(`${root}/verification`, { method: 'POST', credential: '' })).rejects.toThrow(/answers 503/);
  expect(requests).toBe(1);
});

test('other JSON than that of an archive begins no backup', async () => {
  const archive = await archiveBehind((_request, response) => {
    response.end('{}');
  });
  await expect(archive.prepare(() => {})).rejects.toThrow(/does not answer as this archive does/);
});
