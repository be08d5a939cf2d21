import type { IndexCopies } from '../../archive/index-copies';

/** Separates the bookmarks of several databases. No bookmark contains it. */
const BETWEEN = '.';

/**
 * The copies of an index in several databases, as one: its bookmark joins those of the databases, in the order of their
 * numbers.
 */
export function copiesOf(databases: readonly IndexCopies[]): IndexCopies {
  return {
    get bookmark() {
      return databases.map(({ bookmark }) => bookmark).join(BETWEEN);
    },
    covers(bookmark) {
      const parts = bookmark.split(BETWEEN);
      // A database has been added since.
      if (parts.length > databases.length) return false;
      return parts.every((part, at) => databases[at]!.covers(part));
    },
    renewal() {
      const due = databases.flatMap((database) => database.renewal() ?? []);
      return due.length === 0 ? undefined : Promise.all(due).then(() => undefined);
    },
    async catchUp() {
      await Promise.all(databases.map((database) => database.catchUp()));
    },
  };
}
