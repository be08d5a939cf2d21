/// <reference path="../async-hooks.d.ts" />

import { createExecutionContext, createMessageBatch, getQueueResult } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { AsyncLocalStorage } from 'node:async_hooks';
import { createApp } from '../../../src/app';
import { Activity } from '../../../src/archive/activity';
import type { QueueMessage } from '../../../src/archive/background-messages';
import { Ledger } from '../../../src/archive/memory/ledger';
import { beginArchive } from '../../../src/archive/remove/archive-id';
import { consume } from '../../../src/background/queue';
import { runHourly } from '../../../src/background/scheduled';
import { parseConfig } from '../../../src/config';
import { ISOLATE_LIMITS } from '../../../src/limits';
import { openArchive } from '../../../src/storage/open-archive';
import { multipart, ORIGIN } from '../clients/archive-client';
import { type Through, watchedBindings, watchedCache } from '../platform/platform-calls';
import { asInvocation } from '../platform/production-limits';
import type { World } from './world';

/** The isolate was ended while it worked. Nobody gets an answer. */
export class Killed extends Error {}

/** One isolate of a deployment: the deployed Worker's entries over bindings that can fail. */
export class Isolate {
  private readonly app;
  private readonly settings: Env;
  private readonly archive;
  private readonly cache: Cache;
  private readonly ledger = new Ledger(ISOLATE_LIMITS.memory);
  private readonly activity = new Activity(this.ledger);
  private readonly ended: Promise<never>;
  private end: () => void = () => undefined;
  private isEnded = false;

  /** @param through gets each call of the platform; absent: nothing fails */
  constructor(
    private readonly world: World,
    variables: Record<string, string> = {},
    through?: Through,
  ) {
    this.ended = new Promise((_, reject) => {
      this.end = () => reject(new Killed('the isolate has ended'));
    });
    this.ended.catch(() => undefined);
    const watched: Through = (call, work) => (this.isEnded ? never() : through!(call, work));
    // Only its own calls end an isolate.
    const bindings = through === undefined ? world.bindings : watchedBindings(world.bindings, watched);
    this.cache = through === undefined ? REAL_CACHE : watchedCache(REAL_CACHE, watched);
    this.archive = openArchive(world.name, bindings);
    this.app = createApp(() => this.archive, {
      ledger: this.ledger,
      activity: this.activity,
      begin: (archive) => beginArchive(archive, Date.now()),
    });
    this.settings = { ...env, ALLOW_ANONYMOUS: 'true', ALLOWED_HOSTS: '*', FRAME_COPIES: 'none', ...variables } as Env;
  }

  /** Ends the isolate: its code no longer gets anything done. @returns never resolves, for the call that ended it */
  kill(): Promise<never> {
    this.isEnded = true;
    this.end();
    return never();
  }

  /** @throws Killed when the isolate ends before the answer is complete */
  async fetch(path: string, init?: RequestInit): Promise<Response> {
    return await this.alive(async () => {
      // The runtime's own context would wait for what a killed isolate has begun.
      const begun: Promise<unknown>[] = [];
      const context = {
        waitUntil: (work: Promise<unknown>) => begun.push(work),
        passThroughOnException: () => undefined,
      };
      const response = await this.app.fetch(new Request(ORIGIN + path, init), this.settings, context as never);
      const body = response.body === null ? null : await response.arrayBuffer();
      for (let done = 0; done < begun.length; done += 1) await Promise.allSettled(begun);
      return new Response(body, response);
    });
  }

  /** STOW of these files in one request. */
  async store(files: readonly Uint8Array[], headers: Record<string, string> = {}): Promise<Response> {
    const sent = multipart(files);
    return await this.fetch('/dicomweb/studies', {
      method: 'POST',
      headers: { ...sent.headers, ...headers },
      body: sent.body,
    });
  }

  /** Delivers the queue's messages in one batch; those that are to be tried again stay in the queue. */
  async deliver(): Promise<void> {
    const { queue } = this.world;
    const messages = [...queue];
    const batch = createMessageBatch<QueueMessage>(
      'dicomweb-edge-compaction',
      messages.map(({ body, attempts }, at) => ({ id: String(at), timestamp: new Date(0), attempts, body })),
    );
    const archives = () => ({ archive: this.archive, config: parseConfig({ ...this.settings }) });
    await this.alive(() => consume(batch.messages, { archives, ledger: this.ledger, activity: this.activity }));
    const { retryMessages } = await getQueueResult(batch, createExecutionContext());
    const again = new Set(retryMessages.map(({ msgId }) => msgId));
    for (const [at, message] of messages.entries()) {
      message.attempts += 1;
      if (!again.has(String(at)) && queue.includes(message)) queue.splice(queue.indexOf(message), 1);
    }
  }

  /** The hourly trigger. */
  async hourly(): Promise<void> {
    const config = parseConfig({ ...this.settings });
    await this.alive(() => runHourly([{ archive: this.archive, config }]));
  }

  private async alive<T>(work: () => Promise<T>): Promise<T> {
    return await asInvocation(() => cacheOf.run(this.cache, () => Promise.race([work(), this.ended])));
  }
}

/** The cache is a global of the runtime; each isolate's work sees its own. */
const cacheOf = new AsyncLocalStorage<Cache>();
const REAL_CACHE = caches.default;
Object.defineProperty(caches, 'default', { get: () => cacheOf.getStore() ?? REAL_CACHE });

/** A promise of its own for each call, so that what waits for it can be collected. */
function never(): Promise<never> {
  return new Promise(() => undefined);
}
