/**
 * `npm run check:gateway`: kills the gateway during thousands of C-STOREs while the archive, which `npm start` runs,
 * cannot be reached half of the time, for up to `--longest` milliseconds. `-- --instances N --senders N --kills N`;
 * with `--storescu` DCMTK sends.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startFrontDoor } from './front-door.mjs';
import { killGateway } from './kills.mjs';
import { sendByStorescu } from './storescu.mjs';

const { values } = parseArgs({
  options: {
    instances: { type: 'string', default: '5000' },
    senders: { type: 'string', default: '4' },
    kills: { type: 'string', default: '20' },
    longest: { type: 'string', default: '6000' },
    storescu: { type: 'boolean', default: false },
  },
});
const senders = Number(values.senders);
const folder = mkdtempSync(join(tmpdir(), 'check-gateway-'));
const door = await startFrontDoor(join(folder, 'archive'));
try {
  const begun = Date.now();
  const { acknowledged, commitments, kills, faults } = await killGateway({
    origin: door.origin,
    folder,
    instances: Math.ceil(Number(values.instances) / senders),
    senders,
    kills: Number(values.kills),
    random: Math.random,
    longest: Number(values.longest),
    ...(values.storescu ? { send: sendByStorescu(folder) } : {}),
    progress: (line) => console.log(line),
  });
  console.log(
    `${acknowledged} instances and ${commitments} requests for storage commitment were acknowledged in spite of ${kills} kills (${((Date.now() - begun) / 1000).toFixed(0)} s)`,
  );
  for (const fault of faults) console.error(`FAULT: ${fault}`);
  if (faults.length > 0) process.exitCode = 1;
  else
    console.log(
      'every acknowledged instance is in the archive once, byte for byte, and in the journal; every report tells so',
    );
} finally {
  await door.end();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
// A connection that a kill has cut may keep the process alive.
process.exit();
