import type { Ledger } from '../../memory/ledger';
import type { FileReading } from './file-reading';

/** Readings that an isolate keeps. */
const MOST_KEPT = 16;

/**
 * The readings of files whose next request has not come yet, in the memory of the isolate. A request takes a reading
 * out, and puts it back when it succeeds, so two requests never have the same reading. If a reading is lost, or the
 * upload continues in another isolate, the ingest reads the file itself.
 */
export class KeptReadings {
  private readonly readings = new Map<string, FileReading>();

  /** Bytes of memory: see Cache of the ledger. */
  get bytes(): number {
    return [...this.readings.values()].reduce((sum, { held }) => sum + held, 0);
  }

  drop(): void {
    this.readings.clear();
  }

  /** Takes out the reading of an upload. */
  take(upload: string): FileReading | undefined {
    const found = this.readings.get(upload);
    this.readings.delete(upload);
    return found;
  }

  /** Keeps a reading. The oldest one is dropped when there are too many. */
  put(upload: string, reading: FileReading): void {
    this.readings.set(upload, reading);
    if (this.readings.size <= MOST_KEPT) return;
    for (const oldest of this.readings.keys()) {
      this.readings.delete(oldest);
      return;
    }
  }
}

const ofLedgers = new WeakMap<Ledger, KeptReadings>();

/** The readings of an isolate. @param ledger its memory */
export function keptReadings(ledger: Ledger): KeptReadings {
  let kept = ofLedgers.get(ledger);
  if (kept === undefined) {
    kept = new KeptReadings();
    ledger.keeps(kept);
    ofLedgers.set(ledger, kept);
  }
  return kept;
}
