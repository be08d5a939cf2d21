import type { Rows } from './rows';
import { compareSnapshots } from './snapshots';
import type { World } from './world';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Their digests are those of secrets that are drawn at random, and of records with such ids. */
const DIGESTS_OF_CHANCE = new Set(['api_key_secret', 'audit_chain']);

/**
 * The state of an archive as a text: two points with the same text are in the same state, but for the ids that were drawn at
 * random and for times within the hour. What the queue and the sweeper make of it is then the same too. That each row's objects
 * are there with their digests, and that counts are right, has been checked before.
 */
export async function stateKey(world: World, rows: Rows): Promise<string> {
  const tables = await world.allRows();
  const told = await compareSnapshots(world, rows);
  const state = [
    [...tables].map(([name, of]) => [
      name,
      of
        .map((row) => JSON.stringify(row))
        .map((row) => (DIGESTS_OF_CHANCE.has(name) ? row.replaceAll(DIGEST, 'digest') : row))
        .map(withoutChance)
        .sort(),
    ]),
    (await world.keys()).map(withoutChance).sort(),
    world.queue.map((message) => withoutChance(JSON.stringify(message))).sort(),
    told.map(withoutChance),
  ];
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(JSON.stringify(state))));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

const DIGEST = /(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/g;

/**
 * Without ids that are drawn at random, which have 16 to 40 hexadecimal digits, without the time in the head of a gzip stream, and
 * with times in hours from now, and the days of the record in days. SHA-256 digests stay. An upload names its session in base64.
 */
function withoutChance(text: string): string {
  const now = Date.now();
  return (
    text
      .replaceAll(/"confirmed_at":\d+/g, '"confirmed_at":1')
      .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'id')
      .replaceAll(/(?<=session )[\w+/]+=*/g, 'id')
      // An event of the record is merged with those of the same five minutes.
      .replaceAll(/"merge_key":"\[\d+/g, '"merge_key":"[')
      .replaceAll(/H4sIA[\w+/]{6}/g, 'H4sIA')
      .replaceAll(/(?<![0-9a-fA-F])[0-9a-fA-F]{16,40}(?![0-9a-fA-F])/g, (hex) => (/^\d+$/.test(hex) ? hex : 'id'))
      .replaceAll(/(?<=record\/)\d{4}-\d\d-\d\d/g, (day) => `${Math.floor(now / DAY) - Date.parse(day) / DAY} d`)
      .replaceAll(/(?<![0-9.])0?\d{13}(?!\d|\.\d)/g, (ms) => `${Math.round((Number(ms) - now) / HOUR)} h`)
  );
}
