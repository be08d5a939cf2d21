import type { Rows } from './rows';
import { compareSnapshots } from './snapshots';
import type { World } from './world';

const HOUR = 3_600_000;

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

/**
 * Without ids that are drawn at random, which have 16 to 40 hexadecimal digits, without the time in the head of a gzip stream, and
 * with times in hours from now. SHA-256 digests stay.
 */
function withoutChance(text: string): string {
  const now = Date.now();
  return (
    text
      .replaceAll(/"confirmed_at":\d+/g, '"confirmed_at":1')
      .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'id')
      // An event of the record is merged with those of the same five minutes.
      .replaceAll(/"merge_key":"\[\d+/g, '"merge_key":"[')
      .replaceAll(/H4sIA[\w+/]{6}/g, 'H4sIA')
      .replaceAll(/(?<![0-9a-fA-F])[0-9a-fA-F]{16,40}(?![0-9a-fA-F])/g, (hex) => (/^\d+$/.test(hex) ? hex : 'id'))
      .replaceAll(/(?<![0-9.])0?\d{13}(?![0-9.])/g, (ms) => `${Math.round((Number(ms) - now) / HOUR)} h`)
  );
}
