import { unfiledKey } from '../../../archive/object-keys';
import type { Ingests } from '../../../archive/upload/ingest/ingests';
import type { SettledResult } from '../../../archive/upload/upload-result';
import type { Uploads } from '../../../archive/upload/uploads';
import type { StatementsOf } from '../../statements/d1-client';
import { jsonChunks } from '../../statements/json-chunks';
import { retrying } from '../../statements/retries';
import type { Span } from '../span';
import { OUTCOMES } from '../version-sql';

/** The uploads of an archive in several databases: they are in the first one, and their instances may be in another. */
export function spanningUploads(span: Span): Uploads {
  const { uploads } = span.first;
  return {
    ...uploads,
    async unneeded(before, limit) {
      const versions = await uploads.unneeded(before, limit);
      const objects = versions
        .filter(({ ofInstance }) => !ofInstance)
        .map(({ version }) => ({ key: unfiledKey(version, 'dcm'), version }));
      if (objects.length === 0) return versions;
      const known = new Set<string>();
      await span.each(async ({ sweeps }, number) => {
        // In the first database, these versions are those of uploads.
        if (number === 1) return;
        const unnamed = new Set(await sweeps.unnamed(objects));
        for (const { key, version } of objects) if (!unnamed.has(key)) known.add(version);
      });
      return versions.map((one) => ({ ...one, ofInstance: one.ofInstance || known.has(one.version) }));
    },
  };
}

/**
 * The ingest of such uploads.
 * @param databases those of the span
 */
export function spanningIngests(span: Span, databases: readonly StatementsOf[]): Ingests {
  const { ingests } = span.first;
  return {
    ...ingests,
    async settled(id, duplicates) {
      const results = await ingests.settled(id, duplicates);
      const open = results.flatMap(({ ordinal, version, outcome, instance }) => {
        const { studyInstanceUID } = instance;
        return outcome !== undefined || studyInstanceUID === undefined
          ? []
          : [{ ordinal, version, ...instance, studyInstanceUID }];
      });
      const outcomes = new Map<number, SettledResult['outcome']>();
      for (const [number, some] of await span.byDatabase(open)) {
        const database = databases[number - 1];
        if (number === 1 || database === undefined) continue;
        for (const { json } of jsonChunks(some)) {
          const statement = database.withSession('first-primary').prepare(OUTCOMES).bind(json, duplicates);
          const { results } = await retrying(() => statement.all<{ ordinal: number; outcome: Outcome | null }>());
          for (const { ordinal, outcome } of results) if (outcome !== null) outcomes.set(ordinal, outcome);
        }
      }
      return results.map((one) => {
        const outcome = one.outcome ?? outcomes.get(one.ordinal);
        return outcome === undefined ? one : { ...one, outcome };
      });
    },
  };
}

type Outcome = NonNullable<SettledResult['outcome']>;
