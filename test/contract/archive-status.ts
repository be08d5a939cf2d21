import { describe, expect, it } from 'vitest';
import type { ArchiveStatus, ServicePart } from '../../src/archive/ports';

const PARTS: readonly ServicePart[] = ['database', 'bucket', 'queue'];

/** What archive/ports.ts says of ArchiveStatus. @param open gives an archive of which one part is broken, or none */
export function archiveStatusContract(name: string, open: (broken?: ServicePart) => ArchiveStatus): void {
  describe(`ArchiveStatus: ${name}`, () => {
    it.each(PARTS)('asks the %s', async (part) => {
      await open().ask(part);
    });

    it.each(PARTS)('throws what the %s says when it fails, and asks no other', async (broken) => {
      const status = open(broken);
      for (const part of PARTS) {
        const asked = status.ask(part);
        if (part === broken) await expect(asked).rejects.toThrow(`${broken} is broken`);
        else await asked;
      }
    });
  });
}
