import { describe, expect, test } from 'vitest';
import { statusOf } from '../../../src/http/problem';
import { type Doors, type Framing, KB, MB } from '../../support/server/doors';
import { elsewhere, pathOf, provoked, ROUTE_ERRORS, type RouteError, STUDY } from './routes';
import { needsBody } from './uploads';

const LARGE = 20_000_000;

type Body = readonly [size: number, framing: Framing];

/** Each error is tried without a body and with one of these, which changes from error to error. */
const BODIES: readonly Body[] = (['length', 'chunked', 'expect'] as const).flatMap((framing) => [
  [KB, framing] as const,
  [MB, framing] as const,
]);

/** All bodies, for one route of each method and error. */
const ALL_BODIES: readonly Body[] = [...BODIES, [LARGE, 'length']];

/** The runtime does not pass a chunked body of GET to a Worker, and may close the connection. */
function isPassedOn(method: string, [size, framing]: Body): boolean {
  return method !== 'GET' || framing !== 'chunked' || size === 0;
}

/** Several connections at a time, as from several clients. */
async function all<Item>(items: readonly Item[], run: (item: Item, at: number) => Promise<void>): Promise<void> {
  let next = 0;
  const runner = async () => {
    while (next < items.length) {
      const at = next++;
      await run(items[at]!, at);
    }
  };
  await Promise.all(Array.from({ length: 4 }, runner));
}

/** `closed`: two doors whose deployment lets nobody in, which is 503 for every route. */
export function errors(doors: () => Doors, closed: () => Doors): void {
  const doorsFor = ({ code }: RouteError) => (code === 'unavailable' ? closed() : doors());

  /** A body is required for most errors of a store and of labels, so there is none without. */
  const expectError = async (of: RouteError, [size, framing]: Body) => {
    const answer = await doorsFor(of).same(provoked(of), size, framing);
    const title = `${of.name} ${of.code} ${size} ${framing}`;
    if (
      size === 0 &&
      (/^(Store|ReplaceLabels|PlaceHold|RequestCommitment)/.test(of.name) || needsBody(of.name, of.code))
    )
      return;
    expect([title, answer.status]).toEqual([title, statusOf(of.code)]);
    // The answer to a store whose body was read is a Store Instances Response.
    if (of.name.startsWith('Store') && (of.code === 'conflict' || of.code === 'too-large')) return;
    const { code } = JSON.parse(answer.body.toString()) as { code: string };
    expect([title, code]).toEqual([title, of.code === 'unavailable' ? 'no-access-control' : of.code]);
  };

  const here = ROUTE_ERRORS.filter((of) => elsewhere(of) === undefined);

  describe('the front door gives each error of each route as the Worker does', () => {
    test(`${here.length} of ${ROUTE_ERRORS.length} errors, without a body and with one`, async () => {
      expect(new Set(here.map(({ code }) => statusOf(code)))).toEqual(
        new Set([400, 403, 404, 406, 409, 410, 412, 413, 415, 416, 422, 423, 460, 500, 503]),
      );
      await all(here, async (of, at) => {
        await expectError(of, [0, 'length']);
        const possible = BODIES.filter((body) => isPassedOn(of.method, body));
        await expectError(of, possible[at % possible.length]!);
      });
    });

    const kinds = [
      ...Map.groupBy(here, ({ method, code, name }) => `${method} ${code} ${/^Store|Upload/.test(name)}`).values(),
    ];
    test(`${kinds.length} of them with bodies up to 20 MB`, async () => {
      await all(
        kinds.flatMap(([of]) => ALL_BODIES.map((body) => [of!, body] as const)),
        async ([of, body]) => {
          if (isPassedOn(of.method, body)) await expectError(of, body);
        },
      );
    });

    test('a method that a path does not have, and paths that do not exist', async () => {
      const paths = new Set(ROUTE_ERRORS.map(({ path }) => pathOf(path, STUDY.present)));
      await all([...paths], async (path, at) => {
        const [size, framing] = BODIES[at % BODIES.length]!;
        const answer = await doors().same({ method: 'PROPFIND', path }, size, framing);
        expect([path, answer.status, answer.headers.has('allow')]).toEqual([path, 405, true]);
      });
      for (const [method, path] of [
        ['POST', '/dicomweb/nowhere'],
        ['PATCH', '/viewer'],
      ] as const) {
        for (const [size, framing] of ALL_BODIES) {
          expect((await doors().same({ method, path }, size, framing)).status).toBe(404);
        }
      }
    });

    test('answers without error to requests with bodies that they do not need', async () => {
      for (const [status, method, path] of [
        [200, 'GET', '/dicomweb/studies'],
        [200, 'OPTIONS', '/dicomweb/studies'],
        [200, 'GET', `/dicomweb/studies/${STUDY.present}/metadata`],
        [200, 'HEAD', `/dicomweb/studies/${STUDY.present}/metadata`],
      ] as const) {
        for (const body of ALL_BODIES) {
          if (method !== 'OPTIONS' && !isPassedOn('GET', body)) continue;
          expect((await doors().same({ method, path }, ...body)).status).toBe(status);
        }
      }
    });
  });
}
