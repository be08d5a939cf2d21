import type { LegalHolds } from '../../../archive/remove/holds';
import type { RetentionIndex } from '../../../archive/remove/retention-index';
import { rowAmongAll, rowOf } from '../row-numbers';
import type { Span } from '../span';

/** The legal holds of an archive in several databases: each is in the database of its study. */
export function spanningHolds(span: Span): LegalHolds {
  return {
    of: async (study) => await (await span.of(study)).holds.of(study),
    place: (study, hold) => span.changing(study, ({ holds }) => holds.place(study, hold)),
    lift: (study) => span.changing(study, ({ holds }) => holds.lift(study)),
  };
}

/** What the rules of retention ask of it. They go through one database after the other. */
export function spanningRetention(span: Span): RetentionIndex {
  const { retention: first } = span.first;
  return {
    async studiesAfter(row, limit) {
      const found = await span.counted(
        rowOf(row),
        limit,
        ({ retention }, after, some) => retention.studiesAfter(after, some),
        (study) => study.row,
      );
      return found.map(({ row: study, number }) => ({ ...study, row: rowAmongAll({ number, row: study.row }) }));
    },
    look: () => first.look(),
    keepLook: (look) => first.keepLook(look),
  };
}
