import type { IngestEnd, Ingests } from './ingest/ingests';

/** Milliseconds after which another run may claim an upload, when the run that claimed it shows no sign of life. */
export const CLAIM_MS = 20_000;

/** Milliseconds for which results are kept. */
const RESULTS_MS = 24 * 60 * 60 * 1000;

/** Milliseconds from one sign of life to the next. */
const SIGN_MS = 5000;

/** Another run has claimed the upload: this one must stop. */
export class ClaimLost extends Error {
  override readonly name = 'ClaimLost';
}

/** The claim of one run on an upload. The run extends it while it makes progress; otherwise it expires. */
export class Claim {
  readonly run = crypto.randomUUID();
  private signed = 0;

  constructor(
    private readonly ingests: Ingests,
    private readonly id: string,
  ) {}

  /** When the claim ends if it is renewed now. */
  next(): number {
    return Date.now() + CLAIM_MS;
  }

  /** The ingest is done now. */
  end(): IngestEnd {
    return { expiresAt: Date.now() + RESULTS_MS };
  }

  /** The claim was made or renewed. */
  sign(now: number): void {
    this.signed = now;
  }

  /** The run has made progress. @throws ClaimLost */
  async beat(): Promise<void> {
    const now = Date.now();
    if (now - this.signed < SIGN_MS) return;
    this.signed = now;
    this.hold(await this.ingests.renew(this.id, this.run, this.next()));
  }

  /** @param held what a write says that depends on the claim. @throws ClaimLost */
  hold(held: boolean): void {
    if (!held) throw new ClaimLost();
  }
}
