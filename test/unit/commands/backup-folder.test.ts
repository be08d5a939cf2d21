import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BackupFolder } from '../../../scripts/backup/backup-folder.mjs';
import { inWords } from '../../../scripts/support/system-error.mjs';

let path = '';
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'backup-'));
});
afterEach(() => rmSync(path, { recursive: true }));

async function contents(folder: BackupFolder) {
  const lines: unknown[] = [];
  for await (const line of folder.linesOfFolder()) lines.push(line);
  return [await folder.runs(), lines, await folder.keysUnder('instances')];
}

it('a folder inside a file is refused in words', async () => {
  const file = join(path, 'file');
  writeFileSync(file, '');
  const refused = await new BackupFolder(join(file, 'backup')).begin('1').catch((error) => error);
  expect(inWords(refused)).toMatch(/file.*: It is in a file, where a folder should be\.$/);
});

it('a full disk is said in words', () => {
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  expect(inWords(full)).toBe('The disk is full. Make room, or name another folder.');
});

describe('the folder of a backup', () => {
  it('is empty where it has no folder for runs, studies or objects', async () => {
    expect(await contents(new BackupFolder(path))).toEqual([[], [], []]);
  });

  it.each(['runs', 'studies', 'studies/1.2.3', 'objects/instances'])(
    'is not taken for empty when %s cannot be read',
    async (name) => {
      const loop = join(path, name);
      mkdirSync(join(loop, '..'), { recursive: true });
      // A link to itself cannot be read by any user, the administrator included.
      symlinkSync(loop, loop);
      await expect(contents(new BackupFolder(path))).rejects.toThrow('ELOOP');
    },
  );
});
