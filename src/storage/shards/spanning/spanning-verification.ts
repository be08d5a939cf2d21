import { sumOf, type Totals, type VerificationIndex } from '../../../archive/verification/verification';
import { rowAmongAll, rowOf } from '../row-numbers';
import type { OneDatabase, Span } from '../span';

/** Studies that are counted at a time when the totals of a database are put right. */
const PAGE = 500;

const NONE: Totals = { studies: 0, series: 0, instances: 0, bytes: 0 };

/**
 * The verification of an archive in several databases: it goes through one after the other. The first one has its state and its
 * findings.
 */
export function spanningVerification(span: Span): VerificationIndex {
  const { verification: first } = span.first;
  /** The next rows, by their numbers among those of all databases. */
  const after = async <Row extends { readonly id: number; readonly studyInstanceUID: string }>(
    row: number,
    limit: number,
    work: (verification: VerificationIndex, row: number, limit: number) => Promise<readonly Row[]>,
  ): Promise<Row[]> => {
    const found = await span.counted(
      rowOf(row),
      limit,
      ({ verification }, from, some) => work(verification, from, some),
      ({ id }) => id,
    );
    return found.map(({ row: one, number }) => ({ ...one, id: rowAmongAll({ number, row: one.id }) }));
  };

  return {
    kept: () => first.kept(),
    keep: (state, revision) => first.keep(state, revision),
    instancesAfter: (row, limit) => after(row, limit, (of, from, some) => of.instancesAfter(from, some)),
    removedAfter: (row, limit) => after(row, limit, (of, from, some) => of.removedAfter(from, some)),
    segmentsAfter: (row, limit) => after(row, limit, (of, from, some) => of.segmentsAfter(from, some)),

    async countStudies(afterRow, limit) {
      const from = rowOf(afterRow);
      const before = await totalsOfAll(span);
      for (let { number, row } = from; number <= span.databases.length; number += 1, row = 0) {
        const page = await span.at(number).verification.countStudies(row, limit);
        if (page.last === undefined) continue;
        const last = rowAmongAll({ number, row: page.last });
        return { ...page, last, before, after: await totalsOfAll(span) };
      }
      return { last: undefined, counted: NONE, wrong: [], before, after: before };
    },
    totals: () => totalsOfAll(span),
    /** Which database counts wrong is found out by counting each. */
    async correctTotals(from, to) {
      if (!equal(await totalsOfAll(span), from)) return false;
      const corrected = await span.each(correctOne);
      return corrected.includes(true) && equal(await totalsOfAll(span), to);
    },

    faultsOf: (keys) => first.faultsOf(keys),
    forgetFaultsOf: (keys) => first.forgetFaultsOf(keys),
    noteFindings: (findings, now) => first.noteFindings(findings, now),
    findings: (limit) => first.findings(limit),
    countFaults: (limit) => first.countFaults(limit),
    forgetFindingsBefore: (time) => first.forgetFindingsBefore(time),
  };
}

async function totalsOfAll(span: Span): Promise<Totals> {
  return (await span.each(({ verification }) => verification.totals())).reduce(sumOf);
}

/** @returns whether the totals of the database were wrong, and are right now */
async function correctOne({ verification }: OneDatabase): Promise<boolean> {
  const before = await verification.totals();
  let counted = NONE;
  for (let row = 0; ; ) {
    const page = await verification.countStudies(row, PAGE);
    counted = sumOf(counted, page.counted);
    if (page.last === undefined) break;
    row = page.last;
  }
  return !equal(before, counted) && (await verification.correctTotals(before, counted));
}

function equal(one: Totals, other: Totals): boolean {
  return JSON.stringify(sumOf(NONE, one)) === JSON.stringify(sumOf(NONE, other));
}
