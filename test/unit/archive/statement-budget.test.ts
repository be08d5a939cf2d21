import { expect, test } from 'vitest';
import { StatementBudget } from '../../../src/archive/statement-budget';

test('a part ends earlier than the whole, and all count the same statements', () => {
  const whole = StatementBudget.ofInvocation();
  expect(whole.left).toBe(850);
  const half = whole.part(2);
  whole.note(400);
  expect([half.left, whole.left]).toEqual([25, 450]);
  half.note(100);
  expect([half.left, whole.left]).toEqual([0, 350]);
  expect(whole.part(1).left).toBe(350);
});

test('a unit begins only where what is left is enough for the largest one before it', () => {
  const budget = StatementBudget.ofInvocation(100);
  const goesOn = budget.units(10);
  const begun: number[] = [];
  for (const statements of [5, 30, 20, 30, 5]) {
    if (!goesOn()) break;
    begun.push(statements);
    budget.note(statements);
  }
  // Of 85: after 55 there are 30 left, which is as much as the largest took; after 85 none.
  expect(begun).toEqual([5, 30, 20, 30]);
});

test('what nobody counts has no end, and neither has a part of it', () => {
  const part = StatementBudget.UNLIMITED.part(3).part(2);
  expect(part.left).toBe(Number.POSITIVE_INFINITY);
  expect(part.units(1_000_000)()).toBe(true);
});
