/**
 * Overloads the archive that `npm start` opens with requests for new pictures of 2048x2048, and measures how soon after
 * the end of the load it answers quickly: once with clients that wait for their last answers, and once with clients
 * that leave.
 *
 *     node_modules/.bin/node --experimental-transform-types --no-warnings bench/overload.mjs --clients 120 --seconds 20
 */
import { parseArgs } from 'node:util';
import { stow } from '../test/support/clients/stow-client.ts';
import { seededRandom } from '../test/support/seeded-random.ts';
import { scratchFolder, startFrontDoor } from '../test/support/server/front-door.ts';
import { overload } from './soak/overload.mjs';
import { Studies } from './soak/studies.mjs';

const { values } = parseArgs({
  options: {
    clients: { type: 'string', default: '120' },
    seconds: { type: 'string', default: '20' },
    // Only clients that wait for their last answers.
    wait: { type: 'boolean', default: false },
  },
});
const [clients, seconds] = [Number(values.clients), Number(values.seconds)];
/** Seconds in which the archive must answer quickly again. */
const RECOVERY_SECONDS = 10;

const scratch = scratchFolder();
const door = await startFrontDoor({ data: `${scratch.path}/archive`, args: ['--no-sample'] });
let failed = false;
try {
  const studies = new Studies();
  const random = seededRandom(1);
  for (let made = 0; made < 10; made += 1) {
    const study = studies.make(random);
    const { status } = await stow(door.origin, study.files);
    if (status !== 200) throw new Error(`a study was answered ${status}`);
    study.state = 'here';
  }
  for (const leave of values.wait ? [false] : [false, true]) {
    const found = await overload(door.origin, studies, { clients, seconds, leave });
    failed ||= Math.max(found.metadata, found.pictures) > RECOVERY_SECONDS;
    console.log(`${leave ? 'clients leave' : 'clients wait'}: ${JSON.stringify(found)}`);
  }
} finally {
  await door.end();
  scratch.remove();
}
process.exitCode = failed ? 1 : 0;
