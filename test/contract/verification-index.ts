import { expect, it } from 'vitest';
import type { Archive } from '../../src/archive/ports';
import type { Finding } from '../../src/archive/verification/verification';
import { newVerification } from '../../src/archive/verification/verify-archive';

/** What every VerificationIndex does; what it reads of the archive is tested in test/conformance/operations/verification.test.ts. */
export function verificationIndexContract(name: string, open: () => Archive): void {
  it(`${name}: keeps a verification, unless another step was faster`, async () => {
    const { verification } = open();
    expect(await verification.kept()).toBeUndefined();
    const first = newVerification(1, true);
    expect(await verification.keep(first, 0)).toBe(true);
    expect(await verification.kept()).toEqual({ revision: 1, state: first });
    const second = newVerification(2, false);
    expect(await verification.keep(second, 1)).toBe(true);
    expect(await verification.keep(newVerification(3, true), 1)).toBe(false);
    expect((await verification.kept())!.state).toEqual(second);
  });

  it(`${name}: keeps findings until they are not found any more`, async () => {
    const { verification } = open();
    const one: Finding = { kind: 'missing-object', subject: 'one', instance: '1/2/3' };
    const two: Finding = { kind: 'recent-unknown-object', subject: 'two' };
    await verification.noteFindings([two, one], 1000);
    await verification.noteFindings([one], 2000);
    expect(await verification.findings(10)).toEqual([
      { ...one, foundAt: 2000 },
      { ...two, foundAt: 1000 },
    ]);
    expect(await verification.findings(1)).toHaveLength(1);
    expect(await verification.countFaults(10)).toBe(1);
    await verification.forgetFindingsBefore(2000);
    expect(await verification.findings(10)).toEqual([{ ...one, foundAt: 2000 }]);
  });

  it(`${name}: names the findings of objects, and forgets those of objects that were written again`, async () => {
    const { verification } = open();
    const faults: Finding[] = [
      { kind: 'missing-object', subject: 'one' },
      { kind: 'wrong-digest', subject: 'one' },
      { kind: 'unreadable-object', subject: 'two' },
    ];
    const unknown: Finding = { kind: 'unknown-object', subject: 'three' };
    await verification.noteFindings([...faults, unknown], 1000);
    expect((await verification.faultsOf(['one', 'two', 'three', 'four'])).toSorted()).toEqual(['one', 'two']);
    await verification.forgetFaultsOf(['one', 'three']);
    expect(await verification.faultsOf(['one', 'two', 'three'])).toEqual(['two']);
    expect(await verification.findings(10)).toEqual([
      { ...unknown, foundAt: 1000 },
      { ...faults[2], foundAt: 1000 },
    ]);
  });

  it(`${name}: of an empty archive there is nothing to look at, and nothing to count`, async () => {
    const { verification } = open();
    const nothing = { studies: 0, series: 0, instances: 0, bytes: 0 };
    expect(await verification.instancesAfter(0, 10)).toEqual([]);
    expect(await verification.removedAfter(0, 10)).toEqual([]);
    expect(await verification.segmentsAfter(0, 10)).toEqual([]);
    expect(await verification.countStudies(0, 10)).toEqual({
      last: undefined,
      counted: nothing,
      wrong: [],
      before: nothing,
      after: nothing,
    });
    expect(await verification.correctTotals({ ...nothing, bytes: 1 }, nothing)).toBe(false);
  });
}
