import type { CommitOutcome, SegmentRecord } from '../commit-group';
import type { SeriesIdentity } from '../identities';

/**
 * After this many further segments the archive asks once more to merge the series: the first message may have been
 * lost.
 */
const ASK_AGAIN = 16;

/**
 * The series whose metadata this commit scattered over several segments. While a series waits to be merged, further
 * segments ask for nothing: the compactor looks for them at the end of its run.
 */
export function scatteredSeries(
  outcomes: Iterable<readonly [SeriesIdentity, Pick<CommitOutcome, 'seriesSegments'>]>,
  segments: readonly SegmentRecord[],
): SeriesIdentity[] {
  const keyOf = ({ studyInstanceUID, seriesInstanceUID }: SeriesIdentity) => `${studyInstanceUID}/${seriesInstanceUID}`;
  const scattered = new Map<string, SeriesIdentity>();
  for (const [series, { seriesSegments }] of outcomes) {
    const { studyInstanceUID, seriesInstanceUID } = series;
    if (seriesSegments < 2 || scattered.has(keyOf(series))) continue;
    const before = seriesSegments - segments.filter((segment) => keyOf(segment) === keyOf(series)).length;
    const asked = before >= 2 && Math.floor(before / ASK_AGAIN) === Math.floor(seriesSegments / ASK_AGAIN);
    if (!asked) scattered.set(keyOf(series), { studyInstanceUID, seriesInstanceUID });
  }
  return [...scattered.values()];
}
