import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { claimDataFolder } from '../../../scripts/start/data-folder.mjs';

test('a data folder that is a file, or takes no files, is named in a sentence', async () => {
  const scratch = mkdtempSync(join(tmpdir(), 'start-folder-'));
  const file = join(scratch, 'file');
  writeFileSync(file, '');
  const another = 'Choose another: npm start -- --data DIR';
  for (const path of [file, join(file, 'below')])
    await expect(claimDataFolder(path, 1)).rejects.toThrow(`${file} is a file, and not a folder. ${another}`);
  // Not even root may make a file here.
  await expect(claimDataFolder('/proc/self', 1)).rejects.toThrow(
    /^Nothing can be written to the folder \/proc\/self \(E[A-Z]+\)\. Choose another/,
  );
  rmSync(scratch, { recursive: true });
});
