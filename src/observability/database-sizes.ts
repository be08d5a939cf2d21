/** One of the databases of an archive. */
export interface DatabaseSize {
  /** The number of the database in its archive, from 1. */
  readonly number: number;
  readonly bytes: number;
  /** Whether new studies come to it. The others get what is added to their own studies. */
  readonly takesNewStudies: boolean;
}

/** A D1 database holds no more. */
const FULL = 10e9;
/** Bytes of a database from which on an operator has something to do: docs/operations.md, "Several databases". */
const GROW_FROM = 8e9;
const NEARLY_FULL_FROM = 9e9;

/** @param bytes of each database, in the order of their numbers */
export function databaseSizes(bytes: readonly number[]): DatabaseSize[] {
  return bytes.map((each, at) => ({ number: at + 1, bytes: each, takesNewStudies: at === bytes.length - 1 }));
}

/** What an operator has to do about databases that are nearly full, a sentence or two for each. */
export function databaseWarnings(sizes: readonly DatabaseSize[]): string[] {
  return sizes.flatMap(({ number, bytes, takesNewStudies }) => {
    const has = `Database ${number} of the archive has ${inGigabytes(bytes)} of ${inGigabytes(FULL)} GB`;
    if (takesNewStudies && bytes >= GROW_FROM) {
      return `${has} and takes the new studies: add a further one (npm run archives -- grow). See "Several databases" in docs/operations.md.`;
    }
    if (bytes < NEARLY_FULL_FROM) return [];
    return `${has}, and gets what is added to its studies: unless some were moved already, move some to another database (npm run archives -- move). See "Several databases" in docs/operations.md.`;
  });
}

/** Rounded down: what is not full is not shown as full. */
function inGigabytes(bytes: number): number {
  return Math.floor(bytes / 1e8) / 10;
}
