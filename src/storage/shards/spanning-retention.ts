import type { LegalHolds } from '../../archive/remove/holds';
import type { RetentionIndex } from '../../archive/remove/retention-index';
import { rowAmongAll, rowOf } from './row-numbers';
import type { Span } from './span';

/** The legal holds of an archive in several databases: each is in the database of its study. */
export function spanningHolds(span: Span): LegalHolds {
  return {
    of: async (study) => await (await span.of(study)).holds.of(study),
    place: async (study, hold) => await (await span.of(study)).holds.place(study, hold),
    lift: async (study) => await (await span.of(study)).holds.lift(study),
  };
}

/** What the rules of retention ask of it. They go through one database after the other. */
export function spanningRetention(span: Span): RetentionIndex {
  const { retention: first } = span.first;
  return {
    async studiesAfter(row, limit) {
      const from = rowOf(row);
      return await span.fill(
        limit,
        async ({ retention }, wanted, number) => {
          const studies = await retention.studiesAfter(number === from.number ? from.row : 0, wanted);
          return studies.map((study) => ({ ...study, row: rowAmongAll({ number, row: study.row }) }));
        },
        from.number,
      );
    },
    look: () => first.look(),
    keepLook: (look) => first.keepLook(look),
  };
}
