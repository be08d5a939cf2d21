import { describe, expect, test } from 'vitest';
import { Status } from '../src/association/command-set.mjs';
import { type Commitment, PendingCommitments } from '../src/commitment/pending-commitments.mjs';
import { ask, CT, open, reports } from './support/commitment-modality';
import { commitmentScene, digest } from './support/commitment-scene';

/* Storage commitment of the gateway. The real archive's answers are in commitment-archive.test.ts. */

const scene = commitmentScene();

describe('storage commitment', () => {
  test('success on the same association, when the archive has the digests that were forwarded', async () => {
    for (const uid of ['1.1', '1.2']) scene.forward(uid);
    const { acceptor, pending } = await scene.gateway();
    const { service, next } = reports();
    const association = await open(acceptor, [service]);
    expect(await ask(association, '9.1', ['1.1', '1.2'])).toBe(Status.Success);
    const [report] = await next();
    expect(report).toMatchObject({ event: 1, transaction: '9.1', committed: ['1.1', '1.2'], failed: [] });
    expect(report!.association).toBe(association);
    expect([scene.asked.length, scene.asked[0]!.uids]).toEqual([1, ['1.1', '1.2']]);
    expect(scene.asked[0]!.path).toMatch(/^\/dicomweb\/commitment-requests\/2\.25\.\d+$/);
    await expect.poll(() => [pending.size, scene.files()]).toEqual([0, []]);
    await association.release();
  });

  test('failures: lost by the archive, held with other bytes, never forwarded, refused after another one', async () => {
    for (const uid of ['1.1', '1.2', '1.3']) scene.forward(uid);
    scene.held.delete('1.2');
    scene.held.set('1.3', digest('other'));
    scene.held.set('1.4', digest('1.4'));
    // The archive has the first image under the UID, and not the one that came last.
    scene.forward('1.5');
    scene.forwarded.set('1.5', { sha256: digest('newer'), isRefused: true });
    const { acceptor } = await scene.gateway();
    const { service, next } = reports();
    const association = await open(acceptor, [service]);
    await ask(association, '9.1', ['1.1', '1.2', '1.3', '1.4', '1.5']);
    const [report] = await next();
    expect(report).toMatchObject({
      event: 2,
      committed: ['1.1'],
      failed: [
        ['1.2', 0x0112],
        ['1.3', 0x0110],
        ['1.4', 0x0112],
        ['1.5', 0x0112],
      ],
    });
    expect(scene.asked[0]!.uids).not.toContain('1.4');
    await association.release();
  });

  test('waits for what is in the outbox, and for the archive; then reports on a new association', async () => {
    scene.forward('1.1');
    scene.waiting.add('1.1');
    scene.busy = [503, 503];
    const scanner = await scene.modality([Status.ProcessingFailure]);
    const { acceptor } = await scene.gateway({ SCANNER: scanner.port });
    const association = await open(acceptor);
    expect(await ask(association, '9.1', ['1.1'])).toBe(Status.Success);
    await association.release();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(scene.asked).toEqual([]);
    scene.waiting.clear();
    const [report] = await scanner.next();
    expect(report).toMatchObject({ event: 1, transaction: '9.1', committed: ['1.1'] });
    expect([report!.association.callingAETitle, report!.association.calledAETitle]).toEqual(['GATEWAY', 'SCANNER']);
    const delayed = scene.events
      .filter(([event]) => event === 'commitment-delayed')
      .map(([, { isResolved }]) => isResolved);
    expect(delayed).toEqual([false, true]);
    await expect.poll(scene.files).toEqual([]);
  });

  test('survives the end of the gateway, before the archive is asked and before the report is taken', async () => {
    scene.forward('1.1');
    scene.forward('1.2');
    scene.waiting.add('1.1');
    const first = await scene.gateway();
    const association = await open(first.acceptor);
    await ask(association, '9.1', ['1.1']);
    await ask(association, '9.2', ['1.2']);
    await association.release();
    // Nobody knows where the modality listens.
    await expect
      .poll(() => scene.events.some(([event, { isResolved }]) => event === 'commitment-delayed' && isResolved))
      .toBe(true);
    await first.stop();
    expect(scene.files()).toHaveLength(2);
    expect(scene.asked).toHaveLength(1);
    scene.waiting.clear();
    const scanner = await scene.modality();
    const second = await scene.gateway({ SCANNER: scanner.port });
    expect(
      second.pending
        .all()
        .map(({ transactionUID }) => transactionUID)
        .sort(),
    ).toEqual(['9.1', '9.2']);
    const reported = await scanner.next(2);
    expect(reported.map(({ transaction, event }) => [transaction, event]).sort()).toEqual([
      ['9.1', 1],
      ['9.2', 1],
    ]);
    // The result of the second one was known already.
    expect(scene.asked.map(({ uids }) => uids)).toEqual([['1.2'], ['1.1']]);
  });

  test('the same request again is acknowledged and answered once; another one under its UID is refused', async () => {
    scene.forward('1.1');
    scene.waiting.add('1.1');
    const { acceptor, pending } = await scene.gateway();
    const { service, received, next } = reports();
    const association = await open(acceptor, [service]);
    expect(await ask(association, '9.1', ['1.1'])).toBe(Status.Success);
    expect(await ask(association, '9.1', ['1.1'])).toBe(Status.Success);
    expect(await ask(association, '9.1', ['1.2'])).toBe(Status.DuplicateInvocation);
    expect(pending.size).toBe(1);
    scene.waiting.clear();
    await next();
    await expect.poll(() => pending.size).toBe(0);
    expect(received).toHaveLength(1);
    await association.release();
  });

  test('what is no request is refused', async () => {
    const { acceptor, pending } = await scene.gateway();
    const association = await open(acceptor);
    expect(await ask(association, '9.1', ['1.1'], 2)).toBe(0x0123);
    expect(await ask(association, '', ['1.1'])).toBe(0x0115);
    expect(await ask(association, '9.1', [])).toBe(0x0115);
    expect(await ask(association, '9.1', ['a b'])).toBe(0x0115);
    expect([pending.size, scene.files()]).toEqual([0, []]);
    await association.release();
  });

  test('what waits too long fails, and a report that nobody takes is given up', async () => {
    scene.waiting.add('1.1');
    const old: Commitment = {
      ...{
        transactionUID: '9.1',
        aeTitle: 'SCANNER',
        calledAETitle: 'GATEWAY',
        receivedAt: Date.now() - 8 * 86_400_000,
      },
      references: [{ sopClassUID: CT, sopInstanceUID: '1.1' }],
    };
    const pending = new PendingCommitments(scene.data);
    await pending.open();
    await pending.keep(old);
    await pending.keep({ ...old, aeTitle: 'GONE', results: old.references, resolvedAt: old.receivedAt });
    const scanner = await scene.modality();
    await scene.gateway({ SCANNER: scanner.port });
    const [report] = await scanner.next();
    expect(report).toMatchObject({ event: 2, committed: [], failed: [['1.1', 0x0110]] });
    await expect.poll(scene.files).toEqual([]);
    expect(scene.events.map(([event, { aeTitle }]) => [event, aeTitle])).toContainEqual([
      'commitment-not-reported',
      'GONE',
    ]);
  });
});
