import type { CommitmentFailure, CommitmentResult } from '../../archive/commitment/commit-storage';
import type { CommitmentForm } from './commitment-module';

/** The outcome of a request for storage commitment. */
export interface Outcome {
  readonly form: CommitmentForm;
  readonly results: readonly CommitmentResult[];
}

/** A result with its class, study and series as places in a list of texts; then the failure, or the digests. */
type Packed = [sopClass: number, study: number, series: number, sop: string, ...found: string[]];

/**
 * An outcome as the text that the index keeps. Each class, study and series is in it once: D1 takes 2,000,000 bytes for a
 * row, and the 5,000 instances of a request stay below that.
 */
export function packed({ form, results }: Outcome): string {
  const places = new Map<string, number>();
  const place = (text = '') => {
    const at = places.get(text) ?? places.size;
    places.set(text, at);
    return at;
  };
  const rows = results.map(
    ({ sopClassUID, studyInstanceUID, seriesInstanceUID, sopInstanceUID, failure, digests }): Packed => [
      ...([place(sopClassUID), place(studyInstanceUID), place(seriesInstanceUID), sopInstanceUID] as const),
      ...(failure === undefined ? digests : [failure]),
    ],
  );
  return JSON.stringify({ form, texts: [...places.keys()], rows });
}

/** The outcome in a text of `packed`. */
export function unpacked(text: string): Outcome {
  const { form, texts, rows } = JSON.parse(text) as { form: CommitmentForm; texts: string[]; rows: Packed[] };
  const results = rows.map(([sopClass, study, series, sopInstanceUID, ...found]): CommitmentResult => {
    // A digest is longer than the name of any failure.
    const failure = found[0]!.length < 64 ? (found[0] as CommitmentFailure) : undefined;
    return {
      sopClassUID: texts[sopClass]!,
      ...(form === 'studies' && { studyInstanceUID: texts[study]!, seriesInstanceUID: texts[series]! }),
      sopInstanceUID,
      ...(failure === undefined ? { digests: found } : { failure, digests: [] }),
    };
  });
  return { form, results };
}
