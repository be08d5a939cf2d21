import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { seededRandom } from '../../test/support/seeded-random.ts';
import { withServer } from '../../test/support/server/with-server.ts';
import { killGateway } from '../check/kills.mjs';

const server = withServer();

// The long run, with the front door: npm run check:gateway.
test('the gateway is killed again and again, and every acknowledged instance arrives once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-kill-'));
  const random = seededRandom(13);
  try {
    const result = await killGateway({
      origin: server.origin,
      folder,
      instances: 60,
      senders: 2,
      kills: 4,
      random: () => random.next(),
    });
    expect(result).toEqual({ acknowledged: 120, commitments: expect.any(Number), kills: 4, faults: [] });
    expect(result.commitments).toBeGreaterThanOrEqual(2);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
