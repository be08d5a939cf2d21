/**
 * A storm of clients that disconnect, at the front door that `npm start` opens. 12, 25 and 50 clients request small and
 * large images. First all clients stay; then half of them destroy their sockets while they are queued, while their
 * image is decoded and while the answer is sent. The others must get every answer, within twice the time that they need
 * when all clients stay.
 */
import { parseArgs } from 'node:util';
import { scratchFolder, startFrontDoor } from '../test/support/server/front-door.ts';
import { storm } from '../test/support/server/storm.ts';
import { storePictures } from './support/corpus.mjs';
import { median, quantile } from './support/quantiles.mjs';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    clients: { type: 'string', default: '12,25,50' },
    large: { type: 'string', default: '3000' },
  },
});
const CLIENTS = values.clients.split(',').map(Number);
/** Seconds of each phase; there are two phases for each number of clients. */
const SECONDS = (Number(values.minutes) * 60) / CLIENTS.length / 2;
const OCTETS = 'multipart/related; type="application/octet-stream"; transfer-syntax=1.2.840.10008.1.2.1';
const COMPRESSED = ['JPEG-LS', 'JPEG 2000', 'HTJ2K', 'RLE'];

const scratch = scratchFolder();
const door = await startFrontDoor({ data: `${scratch.path}/archive`, args: ['--no-sample'] });
let failed = false;
try {
  const side = Number(values.large);
  const small = await storePictures(door.origin, { count: 8, kinds: COMPRESSED });
  const large = await storePictures(door.origin, { count: 1, rows: side, columns: side, kinds: COMPRESSED });
  // One large image for every seven small ones.
  const questions = [
    ...[...questionsOf('small', small), ...questionsOf('small picture', small, true)],
    ...[...questionsOf('large', large), ...questionsOf('large picture', large, true)],
  ];
  console.log(row(['clients', 'kind', 'usual ms', 'p95', 'storm ms', 'p95', 'answers', 'not 200', 'left q/d/s']));
  for (const clients of CLIENTS) {
    const settings = { origin: door.origin, questions, seconds: SECONDS };
    const usual = await storm({ ...settings, staying: clients, leaving: 0 });
    const half = Math.floor(clients / 2);
    const stormy = await storm({ ...settings, staying: clients - half, leaving: half });
    const bad = [usual, stormy].map(notGood);
    failed ||= bad.some((text) => text !== '0');
    for (const [kind, before] of usual.times) {
      const during = stormy.times.get(kind) ?? [];
      failed ||= median(during) > 2 * median(before);
      const times = [before, during].flatMap((of) => [median(of).toFixed(0), quantile(of, 0.95).toFixed(0)]);
      const left = Object.values(stormy.left).join('/');
      console.log(row([String(clients), kind, ...times, `${before.length}+${during.length}`, bad.join(' + '), left]));
    }
  }
  if (failed) console.log('\nThe clients that stayed did not get every answer in time.');
} finally {
  await door.end();
  scratch.remove();
}
process.exitCode = failed ? 1 : 0;

/** @param {string} kind @param {Map<string, import('./support/corpus.mjs').Series>} stored @param {boolean} [picture] */
function questionsOf(kind, stored, picture = false) {
  return [...stored]
    .filter(([name]) => COMPRESSED.includes(name))
    .flatMap(([, { study, series, instances }]) =>
      instances.map((instance, at) => {
        const frame = `/dicomweb/studies/${study}/series/${series}/instances/${instance}/frames/1`;
        return picture
          ? { kind, path: `${frame}/rendered?window=${600 + at},1800,linear`, accept: 'image/jpeg' }
          : { kind, path: frame, accept: OCTETS };
      }),
    );
}

/** Answers other than 200, by status (0: broken off), and those with other bytes. @param {import('../test/support/server/storm.ts').Figures} figures */
function notGood({ statuses, wrong }) {
  const others = Object.entries(statuses).filter(([status]) => status !== '200');
  const texts = [...others.map(([status, count]) => `${count} x ${status}`), ...(wrong > 0 ? [`${wrong} wrong`] : [])];
  return texts.join(', ') || '0';
}

/** @param {readonly string[]} cells */
function row([clients = '', kind = '', ...cells]) {
  return clients.padEnd(8) + kind.padEnd(16) + cells.map((cell) => cell.padStart(12)).join('');
}
