import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { stow } from '../support/clients/stow-client';
import { nativeImage } from '../support/files/synthetic';
import { type FrontDoor, scratchFolder, startFrontDoor } from '../support/server/front-door';

const scratch = scratchFolder();
let door: FrontDoor | undefined;
afterAll(async () => {
  await door?.end();
  scratch.remove();
});

test('npm start adds archives and databases, which the data folder keeps and later versions migrate', async () => {
  const data = join(scratch.path, 'data');
  const start = async (...args: string[]) => {
    await door?.end();
    door = await startFrontDoor({ data, args: ['--no-sample', ...args] });
    return door.origin;
  };
  const image = { series: '2.25.1.1', instance: '2.25.1.1.1', number: 1, rows: 8, columns: 8 };
  const studies = async (archive: string) => {
    const answer = await fetch(`${door?.origin}${archive}/dicomweb/studies`);
    if (answer.status === 204) return [];
    const found = (await answer.json()) as Record<string, { Value: string[] }>[];
    return found.map((study) => study['0020000D']!.Value[0]);
  };

  // A folder of the default archive alone, as before there were others.
  const before = await start();
  await stow(before, [nativeImage({ ...image, study: '2.25.1' })]);
  expect((await fetch(`${before}/archives/north/dicomweb/studies`)).status).toBe(404);

  const origin = await start('--archive', 'north');
  expect(door?.output()).toContain(`${origin}/?archive=north`);
  expect((await stow(`${origin}/archives/north`, [nativeImage({ ...image, study: '2.25.2' })])).status).toBe(200);
  expect([await studies(''), await studies('/archives/north')]).toEqual([['2.25.1'], ['2.25.2']]);

  // As after an upgrade: everything is prepared again.
  await door?.end();
  rmSync(join(data, 'prepared'));
  await start('--archive', 'south-2', '--databases', '2', '--var', 'ARCHIVES={"north":{"DUPLICATES":"keep"}}');
  expect([await studies(''), await studies('/archives/north'), await studies('/archives/south-2')]).toEqual([
    ['2.25.1'],
    ['2.25.2'],
    [],
  ]);
  for (const archive of ['', '/archives/north', '/archives/south-2']) {
    expect((await fetch(`${door?.origin}${archive}/health`)).status).toBe(200);
  }
  const session = await (await fetch(`${door?.origin}/session`)).json();
  expect(session).toMatchObject({ archives: ['default', 'north', 'south-2'] });

  // The studies stay, new ones come to the further database, and the folder keeps the number.
  expect((await stow(door!.origin, [nativeImage({ ...image, study: '2.25.3' })])).status).toBe(200);
  expect((await studies('')).sort()).toEqual(['2.25.1', '2.25.3']);
  const moves = await (await fetch(`${door!.origin}/moves`)).json();
  expect(moves).toEqual({ moves: null, databases: 2 });
  await door?.end();
  door = undefined;
  await expect(startFrontDoor({ data, args: ['--no-sample', '--databases', '1'] })).rejects.toThrow(
    /has 2 databases.*The number cannot be reduced/,
  );
});
