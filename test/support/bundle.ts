import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    bundle: string;
  }
}

/** The folder of the archive's Worker as it is deployed, which system-setup.ts builds once for all files. */
export const BUNDLE = inject('bundle');
