import type { Archive } from '../ports';
import { CHAIN_START, type ChainEnd } from './audit-record';
import { digestOfLine, RECORD_PREFIX } from './seal';

/** What a check of the sealed record found. */
export interface Verification {
  /** Whether the chain is whole, from its first line to the end that the index knows. */
  readonly whole: boolean;
  /** Lines that were checked. */
  readonly events: number;
  /** The number of the first line that is missing or changed. */
  readonly brokenAt?: number;
}

/** Ends of the chain that are kept in memory: more than an object has lines. */
const MOST_ENDS = 10_000;

/**
 * Reads the whole sealed record and checks that no line is missing or changed.
 *
 * A run that ended before the index took its object leaves lines that a later object has again, perhaps with others after
 * them. So the chain may fork for a while; it is whole when one of its branches leads to the end that the index knows.
 */
export async function verifyRecord(archive: Archive): Promise<Verification> {
  const { record, objects } = archive;
  const known = await record.end();
  const start = await record.start();
  const chain = new Chain(start);
  for await (const key of recordKeys(archive)) {
    const stream = await objects.read(key);
    // Collected whole: an object has at most EVENTS_PER_OBJECT lines (seal.ts).
    if (stream !== null) await chain.add(await new Response(stream).text());
  }
  const whole = known.sequence === CHAIN_START.sequence || chain.leadsTo(known);
  const events = chain.longest - start.sequence;
  return { whole, events, ...(whole ? {} : { brokenAt: chain.longest + 1 }) };
}

/** The keys of the sealed record's objects, oldest first. */
export async function* recordKeys({ objects }: Archive): AsyncIterable<string> {
  let cursor: string | undefined;
  do {
    const page = await objects.list(RECORD_PREFIX, cursor);
    for (const { key } of page.objects) yield key;
    cursor = page.cursor;
  } while (cursor !== undefined);
}

/** The lines that follow one another from the start. */
export class Chain {
  /** The numbers of the last lines, by their digests. */
  private readonly ends = new Map<string, number>();
  /** The number of the last line that follows from the start. */
  longest: number;

  constructor({ sequence, digest }: ChainEnd) {
    this.ends.set(digest, sequence);
    this.longest = sequence;
  }

  /** Adds the lines of one object. A line that follows no other one is left out. @returns the last line that was added */
  async add(text: string): Promise<ChainEnd | undefined> {
    let last: ChainEnd | undefined;
    for (const line of text.split('\n')) {
      if (line === '') continue;
      const { sequence, previous = '' } = parsed(line);
      if (sequence === undefined || this.ends.get(previous) !== sequence - 1) continue;
      last = { sequence, digest: await digestOfLine(line) };
      this.ends.set(last.digest, sequence);
      this.longest = Math.max(this.longest, sequence);
    }
    for (const digest of this.ends.keys()) {
      if (this.ends.size <= MOST_ENDS) break;
      this.ends.delete(digest);
    }
    return last;
  }

  leadsTo({ sequence, digest }: ChainEnd): boolean {
    return this.ends.get(digest) === sequence;
  }
}

function parsed(line: string): { sequence?: number; previous?: string } {
  try {
    return JSON.parse(line) ?? {};
  } catch {
    return {};
  }
}
