import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type Server as HTTPServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { Archive } from '../../src/archive/archive.mjs';
import { type Acceptor, listen } from '../../src/association/acceptor.mjs';
import { commitmentService } from '../../src/commitment/commitment-service.mjs';
import { CommitmentWork } from '../../src/commitment/commitment-work.mjs';
import { PendingCommitments } from '../../src/commitment/pending-commitments.mjs';
import { listeningModality } from './commitment-modality';

const CREATOR = 'DICOMWEB-EDGE COMMITMENT 1.0';

/** What the gateway finds around it: the archive, the outbox, and what was forwarded. */
interface CommitmentScene {
  /** The gateway's folder. */
  data: string;
  /** SHA-256 by SOP Instance UID, of what the archive holds. */
  held: Map<string, string>;
  /** Statuses with which the archive answers first. */
  busy: number[];
  asked: { path: string; uids: string[] }[];
  /** What waits in the outbox. */
  waiting: Set<string>;
  /** SHA-256 of what was forwarded. */
  forwarded: Map<string, { sha256: string; isRefused?: boolean }>;
  events: [string, Record<string, unknown>][];
  /** An image is forwarded, and the archive has it. */
  forward(uid: string): void;
  /** The requests that wait. */
  files(): string[];
  /** Starts the gateway's service. @param peers ports by AE title */
  gateway(peers?: Record<string, number>): Promise<{
    readonly acceptor: Acceptor;
    readonly pending: PendingCommitments;
    stop(): Promise<void>;
  }>;
  /** A modality that listens for reports. @param statuses with which it answers first */
  modality(statuses?: number[]): ReturnType<typeof listeningModality>;
}

/** The digest of bytes, by a short name. */
export const digest = (of: string) => of.padStart(64, '0');

type Item = Record<string, { Value: string[] }>;

const uidOf = (item: Item) => item['00081155']!.Value[0]!;

/** The archive's answer, with the digests that it has. @param held as in the scene */
function commitmentOf(items: readonly Item[], held: ReadonlyMap<string, string>) {
  const has = (item: Item) => held.get(uidOf(item)) !== undefined;
  const committed = items.filter(has).map((item) => ({
    ...item,
    '00090010': { vr: 'LO', Value: [CREATOR] },
    '00091001': { vr: 'LO', Value: [held.get(uidOf(item))] },
  }));
  const failed = items
    .filter((item) => !has(item))
    .map((item) => ({ ...item, '00081197': { vr: 'US', Value: [0x0112] } }));
  return { '00081199': { vr: 'SQ', Value: committed }, '00081198': { vr: 'SQ', Value: failed } };
}

/** Gives each test of the file a gateway's folder, and a stand-in for the archive. */
export function commitmentScene(): CommitmentScene {
  let archiveServer: HTTPServer;
  let archive: Archive;
  const ends: (() => Promise<unknown>)[] = [];
  const scene = {
    forward(uid) {
      scene.forwarded.set(uid, { sha256: digest(uid) });
      scene.held.set(uid, digest(uid));
    },
    files: () => readdirSync(join(scene.data, 'commitments')),
    gateway,
    async modality(statuses) {
      const made = await listeningModality(statuses);
      ends.push(() => made.acceptor.close());
      return made;
    },
  } as CommitmentScene;

  beforeEach(async () => {
    scene.data = mkdtempSync(join(tmpdir(), 'gateway-commitment-'));
    [scene.held, scene.forwarded] = [new Map(), new Map()];
    [scene.busy, scene.asked, scene.events] = [[], [], []];
    scene.waiting = new Set();
    archiveServer = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      try {
        for await (const chunk of request) chunks.push(chunk);
      } catch {
        // The gateway has ended in the middle of its request.
        return;
      }
      const status = scene.busy.shift();
      if (status !== undefined) {
        response.writeHead(status).end();
        return;
      }
      const items: Item[] = JSON.parse(Buffer.concat(chunks).toString())['00081199'].Value;
      scene.asked.push({ path: request.url ?? '', uids: items.map(uidOf) });
      response.end(JSON.stringify(commitmentOf(items, scene.held)));
    });
    await new Promise<void>((resolve) => archiveServer.listen(0, '127.0.0.1', resolve));
    archive = new Archive({ base: `http://127.0.0.1:${(archiveServer.address() as AddressInfo).port}/dicomweb` });
  });

  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
    archive.close();
    archiveServer.closeAllConnections();
    archiveServer.close();
    rmSync(scene.data, { recursive: true, force: true });
  });

  async function gateway(peers: Record<string, number> = {}) {
    const pending = new PendingCommitments(scene.data);
    await pending.open();
    const work = new CommitmentWork({
      pending,
      archive,
      outbox: { entriesOf: (uid) => (scene.waiting.has(uid) ? [{}] : []) },
      confirmations: {
        lookUp: async (uids) =>
          new Map([...uids].flatMap((uid) => (scene.forwarded.has(uid) ? [[uid, scene.forwarded.get(uid)!]] : []))),
      },
      peerOf: (aeTitle) => (peers[aeTitle] === undefined ? undefined : { host: '127.0.0.1', port: peers[aeTitle] }),
      onEvent: (event, fields) => scene.events.push([event, fields]),
      ...{ days: 7, lookMs: 100 },
    });
    const acceptor = await listen({ host: '127.0.0.1', port: 0, services: [commitmentService({ pending, work })] });
    work.start();
    const stop = async () => {
      await acceptor.close();
      await work.stop();
    };
    ends.push(stop);
    return { acceptor, pending, stop };
  }

  return scene;
}
