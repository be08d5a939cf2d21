import type { MoveOrder, MoveProgress } from '../archive/moves/moves';
import type { Archive } from '../archive/ports';
import { jsonBody } from '../auth/json-body';
import type { AppContext } from '../dicomweb/context';
import { HttpProblem } from '../http/problem';

/** Studies that one order may name. */
const NAMED = 10_000;

/** GET /moves: how far the order to move studies between the databases of the archive has come; null: there was none. */
export async function showMoves(c: AppContext): Promise<Response> {
  return await answer(c.get('archive'));
}

/**
 * POST /moves: orders studies to be moved to the database `to`: either those named by `studies`, or `count` studies of the
 * database `from`, those first that arrived first. The queue carries it out. `stop` true begins no further studies.
 * @throws HttpProblem 400; 409 when the archive has one database, or when an order is not carried out yet
 */
export async function orderMoves(c: AppContext): Promise<Response> {
  const { from, to, count, studies, stop = false } = await jsonBody(c, ['from', 'to', 'count', 'studies', 'stop']);
  const archive = c.get('archive');
  const { moves } = archive;
  if (moves === undefined) throw new HttpProblem('conflict', 'The archive has one database.');
  if (typeof stop !== 'boolean') throw new HttpProblem('bad-request', 'stop must be true or false.');
  if (stop) await moves.stop();
  else {
    const { order, most } = orderOf({ from, to, count, studies }, moves.databases);
    if (!(await moves.begin(order, most, Date.now()))) {
      throw new HttpProblem('conflict', 'The previous order has not been carried out yet.');
    }
  }
  await archive.background.requestMoves(0);
  return await answer(archive);
}

function orderOf(
  { from, to, count, studies }: Readonly<Record<'from' | 'to' | 'count' | 'studies', unknown>>,
  databases: number,
): { order: MoveOrder; most: number } {
  const isNumber = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 1;
  const isDatabase = (value: unknown): value is number => isNumber(value) && value <= databases;
  if (!isDatabase(to)) throw new HttpProblem('bad-request', `to must be the number of a database, 1 to ${databases}.`);
  if (studies === undefined) {
    if (!isDatabase(from) || from === to) {
      throw new HttpProblem(
        'bad-request',
        'The order needs from, the number of another database, or studies, the list of studies to move.',
      );
    }
    if (!isNumber(count)) throw new HttpProblem('bad-request', 'count must be the number of studies to move.');
    return { order: { source: from, target: to }, most: count };
  }
  const isList =
    Array.isArray(studies) && studies.length <= NAMED && studies.every((uid) => /^[0-9.]{1,64}$/.test(uid));
  if (!isList || from !== undefined || count !== undefined) {
    throw new HttpProblem(
      'bad-request',
      `studies must be ${NAMED} Study Instance UIDs at most, without from and count.`,
    );
  }
  return { order: { target: to, studies: [...new Set(studies as string[])] }, most: studies.length };
}

async function answer({ moves }: Archive): Promise<Response> {
  const progress = await moves?.progress();
  const underWay = progress === undefined ? [] : ((await moves?.underWay()) ?? []);
  const body = {
    moves: progress === undefined ? null : shown(progress, underWay.length),
    databases: moves?.databases ?? 1,
  };
  return Response.json(body, { headers: { 'Cache-Control': 'no-store' } });
}

function shown({ order, remaining, moved, skipped, startedAt, finishedAt }: MoveProgress, underWay: number) {
  return {
    ...(order.source === undefined ? {} : { from: order.source }),
    to: order.target,
    ...{ remaining, underWay, moved, skipped },
    startedAt: new Date(startedAt).toISOString(),
    finishedAt: finishedAt === null ? null : new Date(finishedAt).toISOString(),
  };
}
