import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ASSUMED, bill, sum, usage } from '../../../scripts/cost/bill.mjs';
import { document } from '../../../scripts/cost/document.mjs';

const CLINIC = { ...ASSUMED, studiesPerDay: 10, slices: 500, years: 1 };

test('docs/cost.md is what `npm run cost -- --docs` writes', () => {
  expect(document()).toBe(readFileSync('docs/cost.md', 'utf8'));
});

test('an index beyond one database grows by further ones, and needs no second archive', () => {
  const said = execFileSync(process.execPath, ['scripts/cost.mjs', '--studies-per-day', '1000'], { encoding: 'utf8' });
  expect(said).toContain('the archive needs further ones by then (npm run archives -- grow).');
});

test('a clinic that keeps 300 studies a month pays for what exceeds the included amounts', () => {
  const used = usage(CLINIC);
  // 300 studies x 500 slices, and half as much again for the copies, for 12 months.
  expect(used.bucket).toBeCloseTo((300 * 500 * 525_000 * 1.5 * 12) / 1e9, 6);
  // 10 requests store a study; 3 studies are opened by 503 requests each, and 10 lists are shown.
  expect(used.requests).toBe(300 * (10 + 3 * 503 + 10));
  const lines = bill(CLINIC);
  expect(lines['R2 storage']).toBeCloseTo((used.bucket - 10) * 0.015, 6);
  expect(lines['Workers requests']).toBe(0);
  expect(sum(lines)).toBeCloseTo(5 + lines['R2 storage'], 6);
});

test('objects in Infrequent Access cost less to keep, and are paid for when they are read', () => {
  const lines = bill({ ...CLINIC, infrequentAfterDays: 90 });
  const all = usage(CLINIC).bucket;
  expect(lines['R2 storage']).toBeCloseTo((all / 4 - 10) * 0.015, 6);
  const read = (300 * 500 * 525_000) / 1e9;
  // The verification reads 2 GB an hour, of which three quarters are there.
  const verified = 2 * 24 * 30 * 0.75;
  // Each slice and its copy are moved once.
  const operations = (300 * 500 * 2 * 9 + 300 * 500 * 0.9) / 1e6;
  expect(lines['R2 Infrequent Access']).toBeCloseTo(all * 0.75 * 0.01 + (read + verified) * 0.01 + operations, 6);
  expect(bill({ ...CLINIC, infrequentAfterDays: 400 })).toEqual(bill(CLINIC));
});
