import { describe, expect, test } from 'vitest';
import { readOptions as readBackup } from '../../../scripts/backup/options.mjs';
import { namedArchive, rootOf } from '../../../scripts/support/named-archive.mjs';

describe('--base', () => {
  test.each([
    ['https://pacs.example.org', undefined, 'https://pacs.example.org'],
    ['https://pacs.example.org/', 'north', 'https://pacs.example.org/archives/north'],
    ['https://pacs.example.org/dicomweb/', undefined, 'https://pacs.example.org'],
    // Not the archive of the origin.
    ['https://pacs.example.org/archives/north', undefined, 'https://pacs.example.org/archives/north'],
    ['https://pacs.example.org/archives/north/dicomweb', undefined, 'https://pacs.example.org/archives/north'],
    ['http://[::1]:8787', undefined, 'http://[::1]:8787'],
  ])('%s with --archive %s is at %s', (base, archive, root) => {
    expect(rootOf(base, archive)).toBe(root);
  });

  test.each([
    ['localhost:8787', undefined],
    ['pacs.example.org', undefined],
    ['http://pacs.example.org', undefined],
    ['https://pacs.example.org/archives/north', 'south'],
    [undefined, undefined],
  ])('%s with --archive %s is refused', (base, archive) => {
    expect(() => rootOf(base, archive)).toThrow(/--base/);
    expect(() => namedArchive({ base, archive, key: 'k' }, {})).toThrow(/--base/);
  });
});

test('the folder of a backup is where the shell is, not where npm runs the script', () => {
  const args = ['--to', 'backups', '--base', 'http://localhost:8787'];
  const options = readBackup(args, { INIT_CWD: '/srv/site' }, 'to', ['all']);
  expect(options).toMatchObject({ folder: '/srv/site/backups' });
});
