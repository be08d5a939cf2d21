import type { IndexCopies } from '../archive/index-copies';

/** Stands between the bookmarks of several databases. No bookmark has it. */
const BETWEEN = '.';

/** What an isolate knows of the copies of an index in several databases: a bookmark of each, in the order of their numbers. */
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
