import type { Finding, NamedInstance, Totals, VerificationIndex } from '../../archive/verification/verification';
import type { StatementsOf } from '../statements/d1-client';
import { jsonChunks } from '../statements/json-chunks';
import { rowsOf } from '../statements/rows-of';
import { type TransactionOf, transactionOf } from '../statements/transaction-of';
import * as verificationSQL from './verification-sql';

/** The verification's part of the index, in a D1 database. */
export function d1Verification(database: StatementsOf): VerificationIndex {
  const all = rowsOf(database);
  const transaction = transactionOf(database);
  const instances = async (sql: string, row: number, limit: number): Promise<NamedInstance[]> =>
    (await all<InstanceColumns>(sql, row, limit)).map((columns) => ({ ...columns, inflated: columns.inflated === 1 }));

  return {
    async kept() {
      const [row] = await all<{ revision: number; state: string }>(verificationSQL.KEPT);
      return row && { revision: row.revision, state: JSON.parse(row.state) };
    },
    async keep(state, revision) {
      const json = JSON.stringify(state);
      const [kept] = await all(verificationSQL.KEEP, json, revision);
      if (kept !== undefined) return true;
      // The answer of a first try may have been lost.
      const [row] = await all<{ state: string }>(verificationSQL.KEPT);
      return row?.state === json;
    },

    instancesAfter: (row, limit) => instances(verificationSQL.INSTANCES_AFTER, row, limit),
    removedAfter: (row, limit) => instances(verificationSQL.REMOVED_AFTER, row, limit),
    segmentsAfter: (row, limit) => all(verificationSQL.SEGMENTS_AFTER, row, limit),

    countStudies: (afterRow, limit) => countStudies(transaction, afterRow, limit),
    async totals() {
      return (await all<Totals>(verificationSQL.TOTALS))[0]!;
    },
    async correctTotals(from, to) {
      const values = [from, to].flatMap(({ studies, series, instances, bytes }) => [studies, series, instances, bytes]);
      return (await all(verificationSQL.CORRECT_TOTALS, ...values)).length > 0;
    },

    async faultsOf(keys) {
      const faults = new Set<string>();
      for (const { json } of jsonChunks(keys)) {
        for (const { subject } of await all<{ subject: string }>(verificationSQL.FAULTS_OF, json)) faults.add(subject);
      }
      return [...faults];
    },
    async forgetFaultsOf(keys) {
      for (const { json } of jsonChunks(keys)) await all(verificationSQL.FORGET_FAULTS_OF, json);
    },
    async noteFindings(findings, now) {
      for (const { json } of jsonChunks(findings)) await all(verificationSQL.NOTE_FINDINGS, json, now);
    },
    async findings(limit) {
      const found = await all<FindingColumns>(verificationSQL.FINDINGS, limit);
      return found.map(({ instance, ...finding }) => ({ ...finding, ...(instance !== null && { instance }) }));
    },
    async countFaults(limit) {
      return (await all<{ count: number }>(verificationSQL.COUNT_FAULTS, limit))[0]?.count ?? 0;
    },
    async forgetFindingsBefore(time) {
      await all(verificationSQL.FORGET_FINDINGS, time);
    },
  };
}

async function countStudies(
  transaction: TransactionOf,
  afterRow: number,
  limit: number,
): ReturnType<VerificationIndex['countStudies']> {
  const page = [afterRow, limit] as const;
  const rows = await transaction<{ subject: string } & Totals & { last: number | null }>([
    [verificationSQL.TOTALS],
    [verificationSQL.CORRECT_SERIES, ...page],
    [verificationSQL.CORRECT_STUDIES, ...page],
    [verificationSQL.SUMS, ...page],
    [verificationSQL.LAST_STUDY, ...page],
    [verificationSQL.TOTALS],
  ]);
  return {
    last: rows[4]?.[0]?.last ?? undefined,
    counted: rows[3]![0]!,
    wrong: [...(rows[1] ?? []), ...(rows[2] ?? [])].map(({ subject }) => subject),
    before: rows[0]![0]!,
    after: rows[5]![0]!,
  };
}

type FindingColumns = Omit<Finding, 'instance'> & { readonly instance: string | null; readonly foundAt: number };

type InstanceColumns = Omit<NamedInstance, 'inflated'> & { inflated: 0 | 1 };
