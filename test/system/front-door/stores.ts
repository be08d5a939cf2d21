import { describe, expect, test } from 'vitest';
import { nativeImage, uidOf } from '../../support/files/synthetic';
import { type Case, type Doors, type Framing, KB, MB } from '../../support/server/doors';

const RELATED = 'multipart/related; type="application/dicom"';

/** Errors of a store beside those of its description: where in the body they are found. */
const BAD_STORES: readonly [title: string, status: number, Omit<Case, 'method' | 'path'>][] = [
  ['no media type', 415, {}],
  ['a long boundary', 400, { headers: { 'Content-Type': `${RELATED}; boundary=${'b'.repeat(300)}` } }],
  ['no part', 400, { headers: { 'Content-Type': `${RELATED}; boundary=b` } }],
  ['a bad key', 400, { headers: { 'Content-Type': 'application/dicom', 'Idempotency-Key': 'k'.repeat(300) } }],
  [
    'a part that is not DICOM and does not end',
    400,
    { headers: { 'Content-Type': `${RELATED}; boundary=b` }, start: '--b\r\nContent-Type: text/plain\r\n\r\n' },
  ],
  ['metadata that is not JSON', 400, { headers: { 'Content-Type': 'application/dicom+json' } }],
];

const FRAMINGS: readonly Framing[] = ['length', 'chunked', 'expect'];

function file(name: string, side: number): Buffer {
  return nativeImage({
    study: uidOf('stored'),
    series: uidOf('stored series'),
    instance: uidOf(name),
    rows: side,
    columns: side,
  });
}

export function stores(doors: () => Doors): void {
  test.for(BAD_STORES)('a store with %s: %i', async ([, status, one]) => {
    for (const framing of FRAMINGS) {
      for (const size of framing === 'expect' ? [0, KB, MB] : [0, KB, MB, 20_000_000]) {
        const answer = await doors().same({ method: 'POST', path: '/dicomweb/studies', ...one }, size, framing);
        if (size === KB) expect(answer.status, framing).toBe(status);
      }
    }
  });

  describe('a real file', () => {
    test.for([
      ['1 KB', 8],
      ['1 MB', 720],
      ['20 MB', 3160],
    ] as const)('of %s is stored in every framing, and comes back byte for byte', async ([title, side]) => {
      for (const framing of side > 1000 ? FRAMINGS.slice(0, 2) : FRAMINGS) {
        const bytes = file(`${title} ${framing}`, side);
        const one = {
          method: 'POST',
          path: '/dicomweb/studies',
          headers: { 'Content-Type': `${RELATED}; boundary=b` },
          start: Buffer.concat([
            Buffer.from('--b\r\nContent-Type: application/dicom\r\n\r\n'),
            bytes,
            Buffer.from('\r\n--b--\r\n'),
          ]),
        };
        const stored = await doors().same(one, one.start.length, framing);
        expect([framing, stored.status]).toEqual([framing, 200]);
        const [study, series, instance] = [uidOf('stored'), uidOf('stored series'), uidOf(`${title} ${framing}`)];
        const path = `/dicomweb/studies/${study}/series/${series}/instances/${instance}`;
        const headers = { Accept: 'application/dicom; transfer-syntax=*' };
        for (const { origin } of [doors().door, doors().worker]) {
          const answer = await doors().exchange(origin, { method: 'GET', path, headers });
          expect([framing, answer?.status, answer?.body.equals(bytes)]).toEqual([framing, 200, true]);
        }
      }
    });
  });
}
