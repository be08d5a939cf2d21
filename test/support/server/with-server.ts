import { rmSync } from 'node:fs';
import { afterAll, beforeAll, inject } from 'vitest';
import { type Server, startServer } from './server';

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder of the archive's Worker as it is deployed, which system-setup.ts builds once for all files. */
    bundle: string;
  }
}

/** The server of a file's tests, or of a `describe` block's. */
export interface TestServer {
  readonly origin: string;
  /** The folder with all its state. */
  readonly data: string;
  /** Ends it at once, like a power failure. */
  kill(): Promise<void>;
  /** Starts it again, on the data that it had. */
  restart(): Promise<void>;
}

/** Starts the archive's Worker with an empty archive before the tests, and removes it after them. */
export function withServer(): TestServer {
  const bundle = inject('bundle');
  let server: Server | undefined;
  const running = (): Server => {
    if (server === undefined) throw new Error('The server runs only within tests and their hooks.');
    return server;
  };
  beforeAll(async () => {
    server = await startServer({ bundle });
  });
  afterAll(async () => {
    await server?.stop();
    if (server !== undefined) rmSync(server.data, { recursive: true, force: true });
  });
  return {
    get origin() {
      return running().origin;
    },
    get data() {
      return running().data;
    },
    kill: () => running().kill(),
    restart: async () => {
      server = await startServer({ bundle, data: running().data });
    },
  };
}
