import type { MoveOrder, MoveProgress, StudyMove, StudyMoves } from '../../../archive/moves/moves';
import type { BoundSQL } from '../../statements/transaction-of';
import type { Directory } from '../directory';
import * as moveSQL from './move-sql';
import type { NumberedDatabases } from './numbered-databases';

/** What the search for further studies of an order has found. */
interface Found {
  readonly studies: readonly { readonly uid: string; readonly source: number }[];
  /** Studies that were looked at. */
  readonly looked: number;
  /** Where the search goes on. */
  readonly position: number;
  /** Whether there are no further ones. */
  readonly isLast: boolean;
}

/** The order that is carried out, and the claims of its studies. Both are in the first database. */
export class MoveOrders implements Pick<StudyMoves, 'progress' | 'begin' | 'stop' | 'underWay' | 'finish' | 'claim'> {
  constructor(
    private readonly databases: NumberedDatabases,
    private readonly directory: Directory,
  ) {}

  async progress(): Promise<MoveProgress | undefined> {
    const [row] = await this.databases.all<Omit<MoveProgress, 'order'> & { wanted: string }>(1, moveSQL.PROGRESS);
    if (row === undefined) return undefined;
    const { wanted, ...progress } = row;
    return { order: JSON.parse(wanted) as MoveOrder, ...progress };
  }

  async begin(order: MoveOrder, most: number, now: number): Promise<boolean> {
    return (await this.databases.all(1, moveSQL.BEGIN, JSON.stringify(order), most, now)).length > 0;
  }

  async stop(): Promise<void> {
    await this.databases.all(1, moveSQL.STOP);
  }

  async underWay(): Promise<readonly StudyMove[]> {
    return await this.databases.all<StudyMove>(1, moveSQL.UNDER_WAY);
  }

  async finish(now: number): Promise<boolean> {
    await this.databases.all(1, moveSQL.FINISH, now);
    const [row] = await this.databases.all<{ finishedAt: number | null }>(1, moveSQL.PROGRESS);
    return row?.finishedAt !== null;
  }

  async claim(progress: MoveProgress, limit: number, unchangedSince: number, now: number): Promise<void> {
    const { order, position, remaining } = progress;
    const wanted = Math.min(limit, remaining);
    const found = await (order.studies === undefined
      ? this.arrivals(order.source ?? 1, position, wanted, unchangedSince)
      : this.named(order.studies.slice(position, position + wanted), position));
    const claimable = found.studies.filter(({ source }) => source !== order.target);
    const claims = [...Map.groupBy(claimable, ({ source }) => source)].map(([source, studies]): BoundSQL => {
      const uids = JSON.stringify(studies.map(({ uid }) => uid));
      return [moveSQL.CLAIM, uids, source, order.target, now, position];
    });
    const skipped = found.looked - claimable.length;
    const counted = order.studies === undefined ? claimable.length : found.looked;
    const advance: BoundSQL = [moveSQL.ADVANCE, ...[position, found.position, counted, skipped, Number(found.isLast)]];
    await this.databases.transaction(1, [...claims, advance]);
  }

  /** Studies of a database in the order of their arrival. */
  private async arrivals(source: number, position: number, limit: number, unchangedSince: number): Promise<Found> {
    const rows = await this.databases.all<{ id: number; studyInstanceUID: string; isUnchanged: number }>(
      source,
      moveSQL.CANDIDATES,
      ...[position, limit, unchangedSince],
    );
    const unchanged = rows.filter(({ isUnchanged }) => isUnchanged === 1);
    return {
      studies: unchanged.map(({ studyInstanceUID: uid }) => ({ uid, source })),
      looked: rows.length,
      position: rows.at(-1)?.id ?? position,
      isLast: rows.length < limit,
    };
  }

  /** Studies that the order names. */
  private async named(studies: readonly string[], position: number): Promise<Found> {
    const places = await this.directory.find(studies);
    return {
      studies: studies.map((uid) => ({ uid, source: places.get(uid) ?? 1 })),
      looked: studies.length,
      position: position + studies.length,
      isLast: studies.length === 0,
    };
  }
}
