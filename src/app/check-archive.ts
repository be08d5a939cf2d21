// A step of app.ts, so it uses Hono: see docs/architecture.md.
import type { MiddlewareHandler } from 'hono';
import type { Permission } from '../access/permission';
import type { Archive } from '../archive/ports';
import { carryOtherIDs } from '../archive/remove/archive-id';
import type { Separation } from '../archive/remove/sweep-index';
import type { AppContext, AppEnv } from '../dicomweb/context';
import { isSafeMethod } from '../http/safe-methods';
import { logFailure } from '../log';
import { ConfigurationError } from '../settings';

/**
 * Says whether an archive's bucket and index belong together, and creates the id of a new archive: see
 * archive/remove/archive-id.
 */
export type Begin = (archive: Archive) => Promise<Separation | undefined>;

/**
 * Checks, on the first request of an isolate, that the bucket and the index belong to the same archive. Until the
 * result is known, a request that changes something waits for it. If they do not belong together, the request is
 * refused, because the instances it stored would be in no archive.
 */
export function checkArchive(begin: Begin): MiddlewareHandler<AppEnv> {
  const check = new ArchiveCheck(begin);
  return async (c, next) => {
    const archive = c.get('wholeArchive');
    c.set('separation', () => check.separation(archive));
    // A request without an identity is refused by the route.
    if (c.get('identity') === undefined) return await next();
    // A restoration separates the bucket and the index, and a rebuild brings them together: earlier checks do not count
    // after it.
    if (rebuilds(c)) {
      await next();
      check.forget(archive);
      return;
    }
    if (!isSafeMethod(c.req.method)) {
      await refuseSeparated(c);
    } else if (!check.hasLooked(archive)) {
      c.executionCtx.waitUntil(check.separation(archive));
    }
    const again = check.lookAgain(archive, Date.now());
    if (again !== undefined) c.executionCtx.waitUntil(again);
    await next();
  };
}

/**
 * Reads of studies are refused while the index is lost. Where a deployment has several archives, a wrong binding would
 * show one archive to principals who have access to another. So a request that reads also waits until the isolate has
 * checked once that the index and the bucket belong together.
 * @throws ConfigurationError
 */
export async function refuseOtherIndex(c: AppContext, permission: Permission): Promise<void> {
  if (rebuilds(c)) return;
  if (c.get('archiveNames').length > 1) await refuseSeparated(c);
  if (OF_OPERATORS.has(permission)) return;
  const apart = await c.get('separation')();
  // When one of its databases is missing or wrong, the archive would say that studies do not exist.
  if (apart === 'missing-database' || apart === 'other-database') throw new ConfigurationError(reasonOf(apart));
  if (apart === 'index-without-id') {
    throw new ConfigurationError(
      'the bucket belongs to an archive, and the index is new: see docs/operations.md, "Rebuild the index".',
    );
  }
  // Instances that were deleted or replaced since then would be shown again, and instances that were stored since then
  // would be missing.
  if (apart === 'index-put-back') throw new ConfigurationError(PUT_BACK);
}

const PUT_BACK = 'the index was put back to an earlier moment: see docs/operations.md, "After Time Travel".';

/** Permissions of routes that show no studies. */
const OF_OPERATORS: ReadonlySet<Permission> = new Set(['administer', 'audit']);

function rebuilds(c: AppContext): boolean {
  return c.req.path === '/rebuild' || c.req.path.startsWith('/restoration');
}

/** @throws ConfigurationError */
async function refuseSeparated(c: AppContext): Promise<void> {
  const apart = await c.get('separation')();
  if (apart === 'index-put-back') throw new ConfigurationError(PUT_BACK);
  if (carryOtherIDs(apart)) throw new ConfigurationError(reasonOf(apart));
}

function reasonOf(apart: Separation | undefined): string {
  switch (apart) {
    case 'missing-database':
      return 'the archive has a database that is not bound, or an empty one is bound in its place: see docs/operations.md, "Several databases".';
    case 'other-database':
      return 'another database is bound in place of one of the archive: see docs/operations.md, "Several databases".';
    default:
      return 'the database and the bucket do not belong to the same archive.';
  }
}

/** An index may be put back to an earlier time while isolates run that checked it before. */
const LOOK_AGAIN_MS = 5 * 60 * 1000;

/** The checks of an isolate's archives. */
class ArchiveCheck {
  /** Archives whose bucket and index belong together, with the time of the last look, milliseconds since 1970. */
  private readonly together = new WeakMap<Archive, number>();
  private readonly looked = new WeakSet<Archive>();

  constructor(private readonly begin: Begin) {}

  forget(archive: Archive): void {
    this.together.delete(archive);
  }

  hasLooked(archive: Archive): boolean {
    return this.looked.has(archive);
  }

  /** @returns undefined when the last look is not long ago */
  lookAgain(archive: Archive, now: number): Promise<unknown> | undefined {
    if ((this.together.get(archive) ?? now) > now - LOOK_AGAIN_MS) return undefined;
    // No other request looks meanwhile.
    this.together.set(archive, now);
    return this.begin(archive).then(
      (apart) => apart !== undefined && this.together.delete(archive),
      (error: unknown) => logFailure('archive-not-begun', error),
    );
  }

  /** Why the bucket and the index do not belong together. @returns undefined when they do, or do not answer */
  async separation(archive: Archive): Promise<Separation | undefined> {
    if (this.together.has(archive)) return undefined;
    this.looked.add(archive);
    try {
      const apart = await this.begin(archive);
      if (apart === undefined) this.together.set(archive, Date.now());
      return apart;
    } catch (error) {
      // The bucket or the index does not answer. The request will fail when it reads them, and the next request checks again.
      this.looked.delete(archive);
      logFailure('archive-not-begun', error);
      return undefined;
    }
  }
}
