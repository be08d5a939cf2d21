import type { Archive } from '../ports';
import { CHAIN_START, type ChainEnd } from './audit-record';
import { digestOfLine } from './seal';
import { recordKeys } from './verify';

/**
 * Continues the chain of the record where the bucket's objects end, after the index was rebuilt or put back to an earlier
 * moment and does not know their lines. Without this, the next line would follow an older one, and the chain would not
 * protect the lines between them.
 */
export async function continueRecord(archive: Archive): Promise<void> {
  const { record } = archive;
  let [first, last]: (string | undefined)[] = [];
  for await (const key of recordKeys(archive)) {
    first ??= key;
    last = key;
  }
  if (first === undefined || last === undefined) return;
  const end = await record.end();
  const newest = await lastLine(archive, last);
  if (newest === undefined || newest.sequence <= end.sequence) return;
  if (!(await record.seal([], end, newest))) return;
  if (end.sequence !== CHAIN_START.sequence) return;
  const start = await beforeFirstLine(archive, first);
  if (start !== undefined && start.sequence > 0) await record.moveStart(start);
}

async function linesOf({ objects }: Archive, key: string): Promise<string[]> {
  const stream = await objects.read(key);
  // Collected whole: an object has at most EVENTS_PER_OBJECT lines (seal.ts).
  const text = stream === null ? '' : await new Response(stream).text();
  return text.split('\n').filter((line) => line !== '');
}

async function lastLine(archive: Archive, key: string): Promise<ChainEnd | undefined> {
  const line = (await linesOf(archive, key)).at(-1);
  if (line === undefined) return undefined;
  return { sequence: JSON.parse(line).sequence, digest: await digestOfLine(line) };
}

/** The first line that is still kept says which one it follows. */
async function beforeFirstLine(archive: Archive, key: string): Promise<ChainEnd | undefined> {
  const [line] = await linesOf(archive, key);
  if (line === undefined) return undefined;
  const { sequence, previous } = JSON.parse(line);
  return { sequence: sequence - 1, digest: previous };
}
