import type { Rows } from './rows';

/** Counts the rows and compares the numbers with those that the index keeps. @returns the differences, in words */
export function recount(rows: Rows): string[] {
  return [...studies(rows), ...series(rows), ...segments(rows), ...instances(rows), ...totals(rows), ...terms(rows)];
}

function studies({ study, series, instance }: Rows): string[] {
  return study.flatMap((one) => {
    const own = series.filter(({ study_id }) => study_id === one.id);
    const ids = new Set(own.map(({ id }) => id));
    const within = instance.filter(({ series_id }) => ids.has(series_id));
    const modalities = [...new Set(own.flatMap(({ modality }) => modality ?? []))].sort().join('\\');
    return differences(`study ${one.study_instance_uid}`, [
      ['instances', one.number_of_study_related_instances, within.length],
      ['series', one.number_of_study_related_series, own.length],
      ['bytes', one.total_byte_length, sumOf(within)],
      ['modalities', one.modalities_in_study, modalities],
      ['is not empty', within.length > 0, true],
    ]);
  });
}

function series({ study, series, instance, metadata_segment }: Rows): string[] {
  return series.flatMap((one) => {
    const own = instance.filter(({ series_id }) => series_id === one.id);
    const segments = metadata_segment.filter(
      (each) => each.series_id === one.id && each.merged_into === null && each.live_count > 0,
    );
    return differences(`series ${one.series_instance_uid}`, [
      ['instances', one.number_of_series_related_instances, own.length],
      ['bytes', one.total_byte_length, sumOf(own)],
      ['is not empty', own.length > 0, true],
      ['waits to be merged', one.unmerged_at !== null, segments.length > 1],
      ['has its study', study.some(({ id }) => id === one.study_id), true],
    ]);
  });
}

function segments({ series, instance, metadata_segment }: Rows): string[] {
  return metadata_segment.flatMap((one) => {
    const held = metadata_segment.filter(({ id, merged_into }) => id === one.id || merged_into === one.id);
    const ids = new Set(held.map(({ id }) => id));
    const live = instance.filter(({ metadata_segment_id }) => ids.has(metadata_segment_id));
    const whole = metadata_segment.find(({ id }) => id === one.merged_into);
    return differences(`metadata segment ${one.name}`, [
      ['live entries', one.live_count, live.length],
      ['live bytes', one.live_byte_length, sumOf(live)],
      ['has enough entries', one.entry_count >= live.length, true],
      ['has its series', series.some(({ id }) => id === one.series_id), true],
      ['is part of one of its series', one.merged_into === null || whole?.series_id === one.series_id, true],
      ['holds only instances of its series', live.every(({ series_id }) => series_id === one.series_id), true],
    ]);
  });
}

function instances({ series, instance, metadata_segment, removal }: Rows): string[] {
  const removed = new Set(removal.map(({ version }) => version));
  return instance.flatMap((one) =>
    differences(`instance ${one.sop_instance_uid}`, [
      ['has its series', series.some(({ id }) => id === one.series_id), true],
      ['has its metadata', metadata_segment.some(({ id }) => id === one.metadata_segment_id), true],
      ['counts and is removed too', removed.has(one.version), false],
    ]),
  );
}

function totals({ total, study, series, instance, removal }: Rows): string[] {
  return differences('the archive', [
    ['studies', total[0]?.study, study.length],
    ['series', total[0]?.series, series.length],
    ['instances', total[0]?.instance, instance.length],
    ['bytes', total[0]?.byte_length, sumOf(instance)],
    ['removed instances', total[0]?.removal, removal.length],
    ['removed bytes', total[0]?.removal_byte_length, sumOf(removal)],
  ]);
}

function terms({ missingTerms, strayTerms, strays }: Rows): string[] {
  return [
    ...missingTerms.map(({ field, study_id }) => `study row ${study_id} is not found by a term of field ${field}`),
    ...strayTerms.map(({ field, study_id }) => `study row ${study_id} is found by a term of field ${field} it has not`),
    ...strays.map(({ what, of }) => `the index holds ${what}: ${of}`),
  ];
}

function sumOf(rows: readonly { readonly byte_length: number }[]): number {
  return rows.reduce((sum, { byte_length }) => sum + byte_length, 0);
}

type Comparison = readonly [what: string, kept: unknown, counted: unknown];

function differences(of: string, comparisons: readonly Comparison[]): string[] {
  return comparisons.flatMap(([what, kept, counted]) =>
    kept === counted ? [] : [`${of}: ${what}: the index has ${kept}, the rows say ${counted}`],
  );
}
