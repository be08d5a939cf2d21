import type { AppContext } from '../dicomweb/context';
import type { DatabaseSize } from './database-sizes';
import { type Statistics, statistics } from './statistics';

/** Prometheus text format 0.0.4. */
export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** GET /metrics: what GET /statistics says, for Prometheus. */
export async function reportMetrics(c: AppContext): Promise<Response> {
  return new Response(metricsText(await statistics(c)), {
    headers: { 'Content-Type': METRICS_TYPE, 'Cache-Control': 'no-store' },
  });
}

interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

type Metric = readonly [name: string, help: string, samples: readonly Sample[]];

/**
 * Statistics as Prometheus reads them. All are gauges: each value is what the archive holds at this moment, or what its last
 * run did, and may fall. Nothing counts requests: isolates share no memory, and a row for each request would cost more than
 * the request. The log has a line for each of them.
 * A metric without samples is left out.
 */
function metricsText(of: Statistics): string {
  return metrics(of)
    .filter(([, , samples]) => samples.length > 0)
    .map(([name, help, samples]) =>
      [
        `# HELP dicomweb_${name} ${help}`,
        `# TYPE dicomweb_${name} gauge`,
        ...samples.map(({ labels, value }) => `dicomweb_${name}${labelText(labels)} ${value}`),
        '',
      ].join('\n'),
    )
    .join('');
}

function metrics({ totals, databases, restorable, orphans, indexing, seriesToIndex, lastSweep }: Statistics): Metric[] {
  const { studies, series, instances, bytes, reclaimable, queuedDeletions, oldestUnmergedAt } = totals;
  const attributes = (value: 'seriesDone' | 'seriesTotal'): Sample[] =>
    indexing.map((one) => ({ labels: { attribute: one.attribute }, value: one[value] }));
  const ofDatabases = (value: (size: DatabaseSize) => number): Sample[] =>
    databases.map((one) => ({ labels: { database: String(one.number) }, value: value(one) }));
  return [
    ['studies', 'Studies in the archive.', [{ value: studies }]],
    ['series', 'Series in the archive.', [{ value: series }]],
    ['instances', 'Instances in the archive.', [{ value: instances }]],
    ['stored_bytes', 'Bytes of the Part 10 files of these instances.', [{ value: bytes }]],
    ['database_bytes', 'Bytes of each database of the archive.', ofDatabases(({ bytes }) => bytes)],
    [
      'database_takes_new_studies',
      '1 for the database to which new studies come.',
      ofDatabases(({ takesNewStudies }) => Number(takesNewStudies)),
    ],
    ['restorable_instances', 'Deleted or replaced instances that can be restored.', [{ value: restorable.instances }]],
    ['restorable_bytes', 'Bytes of the restorable instances.', [{ value: restorable.bytes }]],
    ['reclaimable_instances', 'Deleted instances that the sweeper will purge.', [{ value: reclaimable.instances }]],
    ['reclaimable_bytes', 'Bytes of the reclaimable instances.', [{ value: reclaimable.bytes }]],
    ['queued_deletions', 'Objects that are queued for deletion.', [{ value: queuedDeletions }]],
    ['orphans', 'Objects in the bucket that no row names.', [{ value: orphans }]],
    [
      'oldest_unmerged_series_timestamp_seconds',
      'Since when the series has waited whose metadata has waited longest to be merged.',
      samplesOf(oldestUnmergedAt, seconds),
    ],
    ['series_to_index', 'Series whose search attributes are to be indexed again.', [{ value: seriesToIndex }]],
    ['indexing_series_done', 'Series in which a search attribute is indexed.', attributes('seriesDone')],
    ['indexing_series_expected', 'Series in which a search attribute is to be indexed.', attributes('seriesTotal')],
    ['last_sweep_timestamp_seconds', 'When the sweeper last ran.', samplesOf(lastSweep, ({ ranAt }) => seconds(ranAt))],
    [
      'last_sweep_stopped',
      '1 when the sweeper stopped before it deleted anything.',
      samplesOf(lastSweep, ({ stopped }) => (stopped === undefined ? 0 : 1)),
    ],
    [
      'last_sweep_deleted_objects',
      'Objects that the last run of the sweeper deleted.',
      Object.entries(lastSweep?.deleted ?? {}).map(([kind, value]) => ({ labels: { kind }, value })),
    ],
  ];
}

function samplesOf<Value>(value: Value | undefined, number: (value: Value) => number): Sample[] {
  return value === undefined ? [] : [{ value: number(value) }];
}

function seconds(time: number): number {
  return time / 1000;
}

/** Names of attributes come from the configuration, and may hold any character. */
function labelText(labels: Readonly<Record<string, string>> | undefined): string {
  if (labels === undefined) return '';
  const escaped = (value: string) => value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
  return `{${Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(',')}}`;
}
