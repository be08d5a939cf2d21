import { afterAll, beforeAll, inject } from 'vitest';
import { Doors } from '../support/server/doors';
import { prepare } from './front-door/archive';
import { clients } from './front-door/clients';
import { errors } from './front-door/errors';
import { pages } from './front-door/pages';
import { stores } from './front-door/stores';

/*
 * What a socket gets from what `npm start` starts, compared with the Worker alone. The parts share the two doors, whose
 * start takes some seconds.
 */

const VARS = {
  MAX_REQUEST_BYTES: '25000000',
  MAX_PARTS: '50',
  MAX_METADATA_BYTES: '1000000',
  MAX_RENDERED_SAMPLES: '5000',
};
let doors: Doors;
let closed: Doors;

beforeAll(async () => {
  const bundle = inject('bundle');
  [doors, closed] = await Promise.all([Doors.open(VARS, bundle), Doors.open({ ALLOW_ANONYMOUS: 'false' }, bundle)]);
  await prepare(doors);
});
afterAll(async () => {
  await Promise.all([doors?.close(), closed?.close()]);
  console.log(`front door: ${(doors?.cases ?? 0) + (closed?.cases ?? 0)} exchanges`);
});

errors(
  () => doors,
  () => closed,
);
stores(() => doors);
clients(() => doors);
pages(() => doors);
