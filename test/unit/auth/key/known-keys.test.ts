import { expect, it } from 'vitest';
import { KnownKeys } from '../../../../src/auth/key/known-keys';

it('wrong keys are remembered, but no text that is as long as a header', () => {
  const known = new KnownKeys();
  for (const [key, refusal] of [
    ['dwt_wrong', 'not valid'],
    [`dwt_${'x'.repeat(100_000)}`, undefined],
  ] as const) {
    known.rememberRefusal(key, { reason: 'not valid' }, 0);
    expect(known.refusal(key, 1)?.reason).toBe(refusal);
  }
});

it('the wrong key that was tried first is forgotten when there are too many', () => {
  const known = new KnownKeys();
  for (let at = 0; at <= 1000; at += 1) known.rememberRefusal(`dwt_${at}`, { reason: 'not valid' }, 0);
  expect(known.refusal('dwt_0', 1)).toBeUndefined();
  expect(known.refusal('dwt_1', 1)?.reason).toBe('not valid');
});
