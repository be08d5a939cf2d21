/** Some records, and the JSON array of them that is bound to a statement as one value. */
export interface JsonChunk<Row> {
  readonly records: readonly Row[];
  readonly json: string;
}

/**
 * Bytes of one array. D1 takes 2,000,000 bytes for a bound value; arrays stay well below, and only a single record may
 * be longer.
 */
const CHUNK_BYTES = 1_000_000;

const encoder = new TextEncoder();

/** Records as JSON arrays that D1 accepts as bound values. Their length is measured in UTF-8. */
export function jsonChunks<Row>(records: readonly Row[]): JsonChunk<Row>[] {
  const chunks: JsonChunk<Row>[] = [];
  let some: Row[] = [];
  let texts: string[] = [];
  let bytes = 0;
  const close = (): void => {
    if (some.length > 0) chunks.push({ records: some, json: `[${texts.join(',')}]` });
    some = [];
    texts = [];
    bytes = 0;
  };
  for (const record of records) {
    const text = JSON.stringify(record);
    const length = encoder.encode(text).length + 1;
    if (bytes + length > CHUNK_BYTES) close();
    some.push(record);
    texts.push(text);
    bytes += length;
  }
  close();
  return chunks;
}
