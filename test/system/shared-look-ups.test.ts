import { request } from 'node:http';
import { beforeAll, expect, test } from 'vitest';
import { stow } from '../support/clients/stow-client';
import { slice } from '../support/files/samples';
import { withServer } from '../support/server/with-server';

const SLICES = 300;
const TOGETHER = 60;
const SERIES = '/dicomweb/studies/1.2.3.4/series/1.2.3.4.0';
const files = Array.from({ length: SLICES }, (_, n) =>
  slice({ sop: `1.2.3.4.${n + 1}`, instanceNumber: n + 1, seed: n + 1, rows: 4, columns: 4 }),
);

const server = withServer();
beforeAll(async () => {
  expect(
    (
      await stow(
        server.origin,
        files.map((file) => Buffer.from(file)),
      )
    ).status,
  ).toBe(200);
});

/** @returns the body, or undefined when the client disconnects at once */
function frame(n: number, leaves: boolean): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request(`${server.origin}${SERIES}/instances/1.2.3.4.${n + 1}/frames/1`, {
      headers: { Accept: 'application/octet-stream' },
      agent: false,
      timeout: 120_000,
    });
    sent.on('timeout', () => sent.destroy(new Error('no answer')));
    sent.on('error', (error) => (leaves ? resolve(undefined) : reject(error)));
    sent.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        response.statusCode === 200 ? resolve(Buffer.concat(chunks)) : reject(new Error(String(response.statusCode))),
      );
    });
    sent.end(() => {
      if (leaves) setTimeout(() => sent.destroy(), 1);
    });
  });
}

test('frames asked for at once in a cold isolate come to all clients that stay, whichever client leaves', async () => {
  for (let round = 0; round < 4; round += 1) {
    // Longer than an isolate uses its rows: each round begins with a query that all requests share.
    await new Promise((resolve) => setTimeout(resolve, 2100));
    const asked = Array.from({ length: TOGETHER }, async (_, at) => {
      const n = (round * TOGETHER + at) % SLICES;
      const body = await frame(n, at < 3 * round);
      if (at >= 3 * round) expect(body).toEqual(Buffer.from(files[n]!.subarray(-32)));
    });
    await Promise.all(asked);
  }
});
