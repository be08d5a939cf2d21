import type { Removal, RemovalIndex } from '../../../archive/remove/removals';
import type { OneDatabase, Span } from '../span';

/** The removed instances of an archive in several databases. They are in the database of their study. */
export function spanningRemovals(span: Span): RemovalIndex {
  const of = async ({ studyInstanceUID }: { readonly studyInstanceUID: string }) =>
    (await span.of(studyInstanceUID)).removals;
  /** Makes a change of a study. Notes the dates of studies whose description changes, before the change. */
  const changing = async <Result>(
    { scope, description }: Parameters<RemovalIndex['remove']>[0] | Parameters<RemovalIndex['restore']>[0],
    change: (database: OneDatabase, number: number) => Promise<Result>,
  ): Promise<Result> =>
    await span.changing(scope.studyInstanceUID, async (database, number) => {
      const dates = description.studies.flatMap(({ studyDate }) => studyDate ?? []);
      await span.directory.widen(number, dates);
      return await change(database, number);
    });

  return {
    remove: async (removal) =>
      await changing(removal, async ({ removals }, number) => {
        const removed = await removals.remove(removal);
        // The links of all studies are in the first database, where the transaction has ended those of its own studies.
        if (removed > 0 && number !== 1) await endLinks(span, removal, removals);
        return removed;
      }),
    remaining: async (scope) => await (await of(scope)).remaining(scope),
    holds: async (scope, now) => await (await of(scope)).holds(scope, now),
    restorableSeries: async (scope, now) => await (await of(scope)).restorableSeries(scope, now),
    restorableVersion: async (instance, now) => await (await of(instance)).restorableVersion(instance, now),
    restore: (restoration) => changing(restoration, ({ removals }) => removals.restore(restoration)),

    async ageAsides(before, purgeAt, limit) {
      const aged = await span.each(({ removals }) => removals.ageAsides(before, purgeAt, limit));
      return aged.reduce((one, other) => one + other, 0);
    },
    claimPurgeable: (now, limit) => span.fill(limit, ({ removals }, wanted) => removals.claimPurgeable(now, wanted)),
    segmentsOfNoOther: async (versions) =>
      (await span.each(({ removals }) => removals.segmentsOfNoOther(versions))).flat(),
    async forget(removed) {
      for (const [number, some] of await span.byDatabase(removed)) await span.at(number).removals.forget(some);
    },
  };
}

/** Revokes the links to the study, or to the series, of which a deletion has left nothing. */
async function endLinks({ first }: Span, { scope, now }: Removal, removals: RemovalIndex): Promise<void> {
  const { studyInstanceUID, seriesInstanceUID } = scope;
  const rest = seriesInstanceUID === undefined ? [] : await removals.remaining(scope);
  if (rest.length === 0) return await first.shares.revokeWithin({ studyInstanceUID }, now);
  const isLeft = rest.some((one) => one.seriesInstanceUID === seriesInstanceUID);
  if (!isLeft) await first.shares.revokeWithin({ studyInstanceUID, seriesInstanceUID: seriesInstanceUID! }, now);
}
