import type { Viewpoint, VisibleStudies } from '../../archive/visibility';
import { logEvent } from '../../log';
import { forEach } from './at-once';
import type { OneDatabase } from './span';

/** Milliseconds for which the patients of a principal's studies are used without asking again. */
const PATIENTS_MS = 15_000;

/** Patients whose studies in other databases a principal sees: more would make each statement long. */
const MOST_PATIENTS = 5000;

/** Whether a principal also sees the other studies of the patients of its studies. */
export function hasPriors({ visibility }: Viewpoint): boolean {
  return visibility !== 'everything' && visibility.some(({ withPriors }) => withPriors);
}

/**
 * The other studies of the patients of a principal's studies (VisibleStudies.withPriors). Each database finds those of the
 * patients of its own studies; those of the patients of studies in other databases are found by the patients' IDs.
 */
export class Priors {
  private seen: readonly OneDatabase[] | undefined;
  private until = 0;

  /**
   * @param whole the databases without restrictions
   * @param before the databases that the viewpoint restricts
   */
  constructor(
    private readonly whole: readonly OneDatabase[],
    private readonly before: readonly OneDatabase[],
    private readonly viewpoint: Viewpoint,
  ) {}

  /** The databases as the principal sees them now. */
  async views(): Promise<readonly OneDatabase[] | undefined> {
    if (Date.now() < this.until) return this.seen;
    const { visibility } = this.viewpoint;
    if (visibility === 'everything') return undefined;
    const own: VisibleStudies[] = visibility
      .filter(({ withPriors }) => withPriors)
      .map(({ withPriors: _, ...set }) => set);
    const found = await forEach(this.whole, (database) =>
      database.confinedTo({ ...this.viewpoint, visibility: own }).index.patients(MOST_PATIENTS),
    );
    const patients = [...new Map(found.flat().map((patient) => [JSON.stringify(patient), patient])).values()];
    if (patients.length > MOST_PATIENTS) logEvent('priors-left-out', { patients: patients.length });
    const named = { patients: patients.slice(0, MOST_PATIENTS) };
    const viewpoint = { ...this.viewpoint, visibility: [...visibility, named] };
    this.seen = this.before.map((database) => database.confinedTo(viewpoint));
    this.until = Date.now() + PATIENTS_MS;
    return this.seen;
  }
}
