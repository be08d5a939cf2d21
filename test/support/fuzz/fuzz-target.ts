import { vi } from 'vitest';
import type { ArchiveClient } from '../clients/archive-client';
import type { Target } from './fuzz-check';

/** An archive in the Workers runtime as the target of the fuzzing. Its log is collected until `restore`. */
export function watched(client: ArchiveClient): { target: Target; restore(): void } {
  let log = '';
  const spies = (['log', 'info', 'warn', 'error', 'debug'] as const).map((method) =>
    vi.spyOn(console, method).mockImplementation((...words: unknown[]) => {
      log += `${words.join(' ')}\n`;
    }),
  );
  const target = {
    fetch: (path: string, init?: RequestInit) => client.fetch(path, init),
    takeLog() {
      const taken = log;
      log = '';
      return taken;
    },
  };
  return {
    target,
    restore() {
      for (const spy of spies) spy.mockRestore();
    },
  };
}
