import { describe, expect, it } from 'vitest';
import type { Item } from '../../../../viewer/upload/files/look.mjs';
import { ArchiveError } from '../../../../viewer/upload/sending/archive.mjs';
import { retry, run, UnreadableFile } from '../../../../viewer/upload/sending/run.mjs';

const head = {
  ...{ isDirectory: false, patientName: '', patientID: '', issuerOfPatientID: '' },
  ...{ studyInstanceUID: '1', studyDate: '', studyDescription: '' },
  ...{ seriesInstanceUID: '2', seriesNumber: '', seriesDescription: '', modality: '' },
};

/** A file: its digest stands for its content. */
function file(path: string, sop: string, digest: string, more: Partial<Item> = {}): Item {
  const instances = [{ name: path, head: { ...head, sopInstanceUID: sop } }];
  const source = { size: 10, read: async () => new Uint8Array() };
  return {
    path,
    size: 10,
    modified: 0,
    source,
    kind: 'dicom',
    instances,
    others: [],
    state: 'waiting',
    sentBytes: 0,
    digest,
    ...more,
  };
}

/** An archive that holds what it was sent, and answers as PS3.18 10.5.3 says. */
function archiveWith(held: readonly string[], refused: readonly string[] = []) {
  const sent: string[] = [];
  const item = (sop: string, more = {}) => ({ '00081155': { Value: [sop] }, ...more });
  const failure = (sop: string) => item(sop, { '00081197': { Value: [0xc002] } });
  const responseOf = (sops: readonly string[]) => ({
    '00081199': { Value: sops.filter((sop) => !refused.includes(sop)).map((sop) => item(sop)) },
    '00081198': { Value: sops.filter((sop) => refused.includes(sop)).map(failure) },
  });
  return {
    sent,
    client: {
      known: async (_signal: AbortSignal, _session: string, files: { sha256: string }[]) =>
        files.filter(({ sha256 }) => held.includes(sha256)),
      close: async () => responseOf(sent.map((each) => each.split(' ')[0] ?? '')),
      abandon: async () => {},
      resultsOf: async (_signal: AbortSignal, url: string) =>
        sent
          .filter((each) => each.endsWith(` ${url}`))
          .map((each) => ({ sopInstanceUID: each.split(' ')[0], result: 'stored' })),
    } as never,
  };
}

function sender(archive: ReturnType<typeof archiveWith>, send: (item: Item) => Promise<void> = async () => {}) {
  const stop = new AbortController();
  return {
    stop,
    sender: {
      archive: archive.client,
      session: 'session',
      parallel: 2,
      patience: { signal: stop.signal },
      onChange: () => {},
      digest: async ({ digest }: Item) => digest ?? Promise.reject(new Error('gone')),
      unitsOf: (items: Item[]) => items.map((item) => [item]),
      send: async ([item]: Item[]) => {
        await send(item!);
        item!.url = `/${item!.path}`;
        archive.sent.push(`${item!.instances[0]!.head.sopInstanceUID} ${item!.url}`);
        item!.state = 'sent';
      },
    },
  };
}

const outcomes = (items: Item[]) => items.map(({ instances }) => instances[0]?.outcome?.result);

describe('an upload', () => {
  it('sends what the archive does not hold, and each content once', async () => {
    const archive = archiveWith(['b']);
    const items = [
      file('one', '1.1', 'a'),
      file('held', '1.2', 'b'),
      file('copy', '1.1', 'a'),
      file('other', '1.3', 'c'),
    ];
    await run(items, sender(archive).sender);
    expect(outcomes(items)).toEqual(['stored', 'held', 'twice', 'stored']);
    expect(archive.sent.sort()).toEqual(['1.1 /one', '1.3 /other']);
  });

  it('gives two files with the same UIDs their own outcomes, and says why a file is refused', async () => {
    const archive = archiveWith([], ['1.2']);
    const items = [file('one', '1.1', 'a'), file('other', '1.1', 'b'), file('broken', '1.2', 'c')];
    await run(items, sender(archive).sender);
    expect(outcomes(items)).toEqual(['stored', 'stored', 'refused']);
    expect(items[2]?.instances[0]?.outcome?.reason).toContain('cut short');
  });

  it('does not send a file that can no longer be read', async () => {
    const archive = archiveWith([]);
    const items = [{ ...file('gone', '1.1', ''), digest: undefined as never }, file('there', '1.2', 'b')];
    await run(items, sender(archive).sender);
    expect(outcomes(items)).toEqual(['refused', 'stored']);
  });

  it('sends the others when one file is deleted while it is sent', async () => {
    const archive = archiveWith([]);
    const items = [file('one', '1.1', 'a'), file('gone', '1.2', 'b'), file('three', '1.3', 'c')];
    const { sender: single } = sender(archive);
    const send = async (unit: Item[]) => {
      const gone = unit.find(({ path }) => path === 'gone');
      if (gone !== undefined) throw new UnreadableFile(gone);
      for (const item of unit) await single.send([item]);
    };
    await run(items, { ...single, unitsOf: (all: Item[]) => [all], send });
    expect(outcomes(items)).toEqual(['stored', 'refused', 'stored']);
  });

  it('repeats what failed for a while, and not what was refused', async () => {
    const archive = archiveWith([]);
    const failures = [
      new ArchiveError('away', 0),
      new ArchiveError('busy', 503, 0),
      new ArchiveError('too large', 413),
    ];
    const { sender: with3 } = sender(archive, async ({ path }) => {
      if (path === 'twice') {
        const failure = failures.shift();
        if (failure !== undefined) throw failure;
      }
    });
    const items = [file('twice', '1.1', 'a'), file('other', '1.2', 'b')];
    await run(items, with3);
    expect(outcomes(items)).toEqual(['refused', 'stored']);
    expect(items[0]?.instances[0]?.outcome?.reason).toBe('too large');
    expect(retry(items)).toBe(1);
    await run(items, with3);
    expect(outcomes(items)).toEqual(['stored', 'stored']);
  });

  it.each([401, 302])(
    'stops at an answer %i, which is for all files, and goes on with what is left',
    async (status) => {
      const archive = archiveWith([]);
      let isSignedOut = true;
      const { sender: signedOut } = sender(archive, async ({ path }) => {
        if (path === '3' && isSignedOut) throw new ArchiveError('sign in', status);
      });
      const items = Array.from({ length: 6 }, (_, at) => file(String(at), `1.${at}`, String(at)));
      await expect(run(items, signedOut)).rejects.toMatchObject({ status });
      expect(items.map(({ state }) => state)).not.toContain('sending');
      const before = [...archive.sent];
      isSignedOut = false;
      await run(items, signedOut);
      expect(outcomes(items)).toEqual(Array(6).fill('stored'));
      expect(archive.sent.length).toBe(6);
      expect(before.length).toBeLessThan(6);
    },
  );

  it('stops where it is when it is paused', async () => {
    const archive = archiveWith([]);
    const paused = sender(archive, async ({ path }) => {
      if (path === '2') paused.stop.abort(new Error('paused'));
    });
    const items = Array.from({ length: 5 }, (_, at) => file(String(at), `1.${at}`, String(at)));
    await expect(run(items, paused.sender)).rejects.toThrow('paused');
    expect(outcomes(items).filter(Boolean)).toEqual([]);
    await run(items, sender(archive).sender);
    expect(outcomes(items)).toEqual(Array(5).fill('stored'));
    expect(new Set(archive.sent).size).toBe(archive.sent.length);
  });

  it('sends a ZIP file unless the archive holds every file in it', async () => {
    const zip = (path: string, ...digests: string[]) =>
      file(path, '', '', {
        kind: 'zip',
        instances: digests.map((digest, at) => ({
          ...file(path, `1.${at}`, '').instances[0]!,
          sha256: async () => digest,
        })),
      });
    const archive = archiveWith(['a', 'b']);
    const items = [zip('held', 'a', 'b'), zip('partly', 'a', 'c'), { ...zip('unseen', 'a'), isPartlyUnseen: true }];
    await run(items, sender(archive).sender);
    expect(archive.sent).toEqual(['1.0 /partly', '1.0 /unseen']);
    expect(outcomes(items)).toEqual(['held', 'stored', 'stored']);
  });

  it('gives members of a ZIP file that could not be seen here an outcome too', async () => {
    const archive = archiveWith([]);
    const zip = file('cd.zip', '1.1', '', { kind: 'zip', instances: [] });
    const ready = sender(archive);
    await run([zip], {
      ...ready.sender,
      send: async ([item]) => {
        Object.assign(item!, { url: '/cd.zip', state: 'sent' });
        archive.sent.push('1.1 /cd.zip', '1.2 /cd.zip');
      },
    });
    expect(zip.instances.map(({ outcome }) => outcome?.result)).toEqual(['stored', 'stored']);
  });
});
