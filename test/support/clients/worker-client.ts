import { createExecutionContext, createMessageBatch, getQueueResult, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import type { QueueMessage } from '../../../src/archive/background-messages';
import type { DicomJson } from '../../../src/dicom/json/json-model';
import worker from '../../../src/index';
import { databaseBindings } from '../databases/each-database';
import { testBindings } from '../platform/bindings';
import { counted, type Operations } from '../platform/counting';
import { asInvocation } from '../platform/production-limits';
import { multipart, ORIGIN } from './archive-client';

/**
 * The deployed Worker with its three entries, as one isolate of one configuration; the test delivers what it queues.
 */
export interface WorkerClient {
  readonly operations: Operations;
  /** Messages not yet delivered. */
  readonly queued: QueueMessage[];
  fetch(path: string, init?: RequestInit): Promise<Response>;
  store(files: readonly Uint8Array[]): Promise<Response>;
  json(path: string): Promise<DicomJson[]>;
  /** Delivers the queued messages in one batch. @returns how many messages are to be tried again */
  deliver(): Promise<number>;
  /** The hourly trigger. */
  scheduled(): Promise<void>;
}

/**
 * @param variables of the configuration
 * @param queued shared by the isolates of one deployment
 */
export function workerClient(variables: Record<string, string>, queued: QueueMessage[] = []): WorkerClient {
  const queue = {
    sendBatch: async (messages: Iterable<MessageSendRequest<QueueMessage>>) => {
      for (const { body } of messages) queued.push(body);
    },
  } as unknown as Queue;
  const { bindings, operations } = counted({ ...testBindings(), queue });
  const settings = {
    ...env,
    ALLOW_ANONYMOUS: 'true',
    // A test that looks at the queue decides itself what is delivered.
    FRAME_COPIES: 'none',
    ...variables,
    ...databaseBindings(bindings),
    BUCKET: bindings.bucket,
    COMPACTION: bindings.queue,
  } as Env;
  const fetch = async (path: string, init?: RequestInit): Promise<Response> => {
    const context = createExecutionContext();
    const request = new Request<unknown, IncomingRequestCfProperties>(ORIGIN + path, init as RequestInit<never>);
    return await asInvocation(async () => {
      const response = await worker.fetch(request, settings, context);
      const body = response.body === null ? null : await response.arrayBuffer();
      await waitOnExecutionContext(context);
      return new Response(body, response);
    });
  };
  return {
    operations,
    queued,
    fetch,
    store: (files) => fetch('/dicomweb/studies', { method: 'POST', ...multipart(files) }),
    json: async (path) => await (await fetch(path, { headers: { Accept: 'application/dicom+json' } })).json(),
    async deliver() {
      const messages = queued.splice(0).map((body, at) => ({
        id: String(at),
        timestamp: new Date(0),
        attempts: 1,
        body,
      }));
      const batch = createMessageBatch<QueueMessage>('dicomweb-edge-compaction', messages);
      const context = createExecutionContext();
      await asInvocation(() => worker.queue(batch, settings));
      return (await getQueueResult(batch, context)).retryMessages.length;
    },
    async scheduled() {
      await asInvocation(() => worker.scheduled({} as ScheduledController, settings));
    },
  };
}
