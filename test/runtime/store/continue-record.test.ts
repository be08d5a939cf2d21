import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import type { AuditEvent } from '../../../src/archive/audit/audit-event';
import { continueRecord } from '../../../src/archive/audit/continue-record';
import { sealRecord } from '../../../src/archive/audit/seal';
import { verifyRecord } from '../../../src/archive/audit/verify';
import { openArchive } from '../../../src/storage/open-archive';
import { withArchive } from '../../support/archive/with-archive';
import { testBindings } from '../../support/platform/bindings';

withArchive();

const HOUR = 3_600_000;

const event = (startedAt: number): AuditEvent => ({
  ...{ startedAt, endedAt: startedAt, action: 'access', outcome: 'success' },
  ...{ principalKind: 'key', principalID: 'a', studyInstanceUID: '1.2.3' },
  ...{ requests: 1, searches: 0, retrievals: 1, renderings: 0, instances: 0, bytes: 0 },
});

it('after the index was lost, the chain of the record goes on where the bucket ends', async () => {
  const archive = openArchive('record', testBindings());
  const { record } = archive;
  for (const at of [HOUR, 2 * HOUR, 3 * HOUR]) {
    await record.add([event(at)]);
    expect(await sealRecord(archive, at + HOUR)).toBe(1);
  }
  const end = await record.end();
  expect(end.sequence).toBe(3);
  for (const table of ['audit_event', 'audit_chain']) await env.DB.prepare(`DELETE FROM ${table}`).run();
  await continueRecord(archive);
  expect(await record.end()).toEqual(end);
  await record.add([event(4 * HOUR)]);
  await sealRecord(archive, 5 * HOUR);
  expect(await verifyRecord(archive)).toEqual({ whole: true, events: 4 });
  // Where the index knows the end already, nothing changes.
  await continueRecord(archive);
  expect((await record.end()).sequence).toBe(4);
});

it('an index that was put back goes on after the lines that were sealed since', async () => {
  const archive = openArchive('record', testBindings());
  const { record } = archive;
  await record.add([event(HOUR)]);
  await sealRecord(archive, 2 * HOUR);
  const chain = await env.DB.prepare('SELECT sequence, digest FROM audit_chain').first<{
    sequence: number;
    digest: string;
  }>();
  await record.add([event(2 * HOUR)]);
  await sealRecord(archive, 3 * HOUR);
  await env.DB.prepare('UPDATE audit_chain SET sequence = ?, digest = ?').bind(chain!.sequence, chain!.digest).run();
  await env.DB.prepare('DELETE FROM audit_event WHERE sequence > ?').bind(chain!.sequence).run();
  await continueRecord(archive);
  await record.add([event(3 * HOUR)]);
  await sealRecord(archive, 4 * HOUR);
  expect(await verifyRecord(archive)).toEqual({ whole: true, events: 3 });
});
