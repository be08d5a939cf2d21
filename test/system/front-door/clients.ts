import { get } from 'node:http';
import { describe, expect, test } from 'vitest';
import { type Case, chunked, type Doors, MB, PATIENCE, PIECE, requestOf } from '../../support/server/doors';
import { SocketClient } from '../../support/server/socket-client';

const RELATED = 'multipart/related; type="application/dicom"';

const CASES: readonly Case[] = [
  { method: 'POST', path: '/dicomweb/studies', headers: { 'Content-Type': 'text/plain' } },
  { method: 'PUT', path: '/dicomweb/studies' },
  { method: 'DELETE', path: '/dicomweb/studies/1.2' },
  { method: 'GET', path: '/dicomweb/nowhere' },
  {
    method: 'POST',
    path: '/dicomweb/studies',
    headers: { 'Content-Type': `${RELATED}; boundary=b` },
    start: '--b\r\n\r\nno DICOM\r\n--b--\r\n',
  },
  // It needs no credential.
  { method: 'POST', path: '/shares/open', headers: { 'Content-Type': 'application/json' }, start: '{"token":"' },
];

const BODIES: Record<string, () => Generator<Buffer | number>> = {
  'it stops after 10 bytes': function* () {
    yield PIECE.subarray(0, 10);
  },
  'it stops after 2 MB': function* () {
    for (let n = 0; n < 32; n += 1) yield PIECE;
  },
  'it drips': function* () {
    for (let n = 0; n < 60; n += 1) {
      yield PIECE.subarray(0, 1);
      yield 100;
    }
  },
};

export function clients(doors: () => Doors): void {
  describe('a client that does not send on is answered', () => {
    test.for(Object.entries(BODIES))('%s', async ([title, pieces]) => {
      const both = CASES.flatMap((one) => [[one, 'length'] as const, [one, 'chunked'] as const]);
      const sent = both.filter(([{ method }, framing]) => method !== 'GET' || framing !== 'chunked');
      await Promise.all(
        sent.map(async ([{ method, path, headers, start = '' }, framing]) => {
          const body = function* () {
            if (start.length > 0) yield Buffer.from(start as string);
            yield* pieces();
          };
          const framed: Record<string, string> =
            framing === 'chunked' ? { 'Transfer-Encoding': 'chunked' } : { 'Content-Length': '20000000' };
          const send = () => ({
            method,
            path,
            headers: { ...headers, ...framed },
            body: framing === 'chunked' ? chunked(body(), false) : body(),
          });
          await doors().sameFor(send, `${title}: ${method} ${path} ${framing}`);
        }),
      );
    });

    test('a client that disconnects in the middle of a body does not affect others', async () => {
      const { origin } = doors().door;
      for (const one of CASES) {
        const client = new SocketClient(origin);
        const headers = { ...one.headers, 'Content-Length': '9999999' };
        await client.send({ ...requestOf(one, 0, 'length'), headers, body: [PIECE] });
        client.leave();
        const next = await doors().exchange(origin, { method: 'GET', path: '/dicomweb/studies?limit=1' });
        expect(next?.status).toBe(200);
      }
    });
  });

  describe('a client that sends on whatever the answer is', () => {
    test.for([60, 200])('gets its answer behind %i MB', async (size) => {
      for (const [status, type] of [
        [415, 'text/plain'],
        [400, RELATED],
      ] as const) {
        const one = { method: 'POST', path: '/dicomweb/studies', headers: { 'Content-Type': type } };
        // The longest body is sent in one framing.
        for (const framing of size > 100 ? (['length'] as const) : (['length', 'chunked'] as const)) {
          // A client that writes first may read late; one that reads meanwhile stops at once.
          for (const wholeFirst of status === 415 ? [false] : [false, true]) {
            const client = new SocketClient(doors().door.origin, wholeFirst);
            const sending = client.send(requestOf(one, size * MB, framing));
            expect([framing, wholeFirst, (await client.answer(PATIENCE))?.status]).toEqual([
              framing,
              wholeFirst,
              status,
            ]);
            await sending;
            client.leave();
          }
        }
      }
    });

    test('gets its answer when its body begins late', async () => {
      const one = { method: 'POST', path: '/dicomweb/studies', headers: { 'Content-Type': RELATED } };
      // The Worker waits 250 ms for the first byte, then answers: most of these bodies begin while it does.
      for (const pause of [230, 240, 245, 250, 255, 260, 600]) {
        for (const framing of ['length', 'chunked'] as const) {
          const client = new SocketClient(doors().door.origin, true);
          const { body, ...sent } = requestOf(one, 20 * MB, framing);
          const late = function* () {
            yield pause;
            yield* body!;
          };
          const sending = client.send({ ...sent, body: late() });
          expect([pause, framing, (await client.answer(PATIENCE))?.status]).toEqual([pause, framing, 400]);
          await sending;
          client.leave();
        }
      }
    });
  });

  describe('a body whose chunks are framed wrongly (RFC 9112 7.1)', () => {
    test.for(['zz\r\nabc', '-3\r\nabc', '3\r\nabcdef\r\n'])('%j is refused', async (framed) => {
      for (const [type, status] of [
        ['text/plain', 415],
        [`${RELATED}; boundary=b`, 400],
      ] as const) {
        const client = new SocketClient(doors().door.origin);
        const headers = { 'Content-Type': type, 'Transfer-Encoding': 'chunked' };
        await client.send({ method: 'POST', path: '/dicomweb/studies', headers, body: [Buffer.from(framed)] });
        expect((await client.answer(PATIENCE))?.status, type).toBe(status);
        client.leave();
      }
    });
  });

  describe('a host name', () => {
    const statusOf = (host: string, more: Record<string, string> = {}) =>
      new Promise((resolve, reject) => {
        const { port } = new URL(doors().door.origin);
        get({ host: '127.0.0.1', port, path: '/dicomweb/studies', headers: { Host: host, ...more } }, (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        }).once('error', reject);
      });

    test('of the Internet is refused, because a page there could have it lead to this machine', async () => {
      for (const host of ['evil.example', 'evil.example:8787', '127.0.0.1.evil.example']) {
        expect(await statusOf(host), host).toBe(421);
        // The local runtime's own ways to name another URL.
        const named = { 'MF-Original-URL': `${doors().door.origin}/dicomweb/studies` };
        expect(await statusOf(host, named), host).toBe(421);
        expect(await statusOf(host, { ...named, 'MF-Route-Override': 'dicomweb-edge' }), host).toBe(421);
      }
      for (const host of ['localhost', '127.0.0.1', '[::1]:8787', 'archive']) {
        expect(await statusOf(host), host).toBe(200);
      }
    });
  });
}
