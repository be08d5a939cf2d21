import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { instanceOf } from '../check/instances.mjs';
import { storeAll } from '../check/sender.mjs';
import { parseConfig } from '../src/config/config.mjs';
import { retryRefused } from '../src/outbox/retry-refused.mjs';
import { runGateway, scratch, until } from './support/running-gateway.ts';
import { standInArchive } from './support/stand-in-archive.ts';

const FOLDER = fileURLToPath(new URL('..', import.meta.url));
const EXAMPLE = readFileSync(`${FOLDER}/gateway.example.toml`, 'utf8');
const LEAST = 'data = "d"\nanySender = true\n[archive]\nurl = "http://localhost:1/dicomweb/"\n';

test('the example shows the values that count without it', () => {
  const example = parseConfig(EXAMPLE, '/etc', { DICOMWEB_GATEWAY_KEY: 'k' });
  const least = parseConfig(LEAST, '/etc', {});
  for (const part of ['dimse', 'outbox', 'forward', 'page'] as const) expect(example[part]).toEqual(least[part]);
  expect(example.senders).toMatchObject([
    { aeTitle: 'CT3', mayQuery: false },
    { aeTitle: 'MR1', mayQuery: false },
    { aeTitle: 'WORKSTATION', mayQuery: true },
  ]);
  expect(example.archive).toMatchObject({ url: 'https://archive.example/dicomweb', key: 'k' });
  expect(least.archive.url).toBe('http://localhost:1/dicomweb');
});

test('a mistake is refused with its name', () => {
  const faults: [text: string, message: string][] = [
    ['data = "d"', 'archive.url must be given'],
    [`${LEAST}[dimse]\nprot = 104`, 'dimse.prot is not known'],
    [`${LEAST}[dimse]\nport = "104"`, 'dimse.port must be a number'],
    [`${LEAST}[[forward.window]]\nfrom = "7"\nto = "9:00"`, 'forward.window.from must be a time'],
    [`${LEAST}[forward]\nbytesPerSecond = 10`, 'bytesPerSecond must be 0 or at least'],
    [LEAST.replace('anySender = true', ''), 'no device may send'],
    [`data = "d"\n[[sender]]\naeTitle = "CT"\n[archive]\nurl = "http://a"`, 'sender CT must have addresses'],
    [`${LEAST}keyFile = "/does/not/exist"`, '/does/not/exist cannot be read'],
  ];
  for (const [text, message] of faults) expect(() => parseConfig(text, '/etc', {})).toThrow(message);
  const open = LEAST.replace('localhost', 'archive.example');
  expect(() => parseConfig(open, '/etc', { DICOMWEB_GATEWAY_KEY: 'k' })).toThrow('https://');
  for (const tokenURL of ['http://login.example/token', 'login.example/token', 'ftp://login.example']) {
    const oauth = `${LEAST}[archive.oauth]\nclientID = "gateway"\ntokenURL = "${tokenURL}"`;
    expect(() => parseConfig(oauth, '/etc', { DICOMWEB_GATEWAY_CLIENT_SECRET: 's' })).toThrow(
      'archive.oauth.tokenURL must begin with https://',
    );
  }
});

test('the package needs what the project has, in the same version', () => {
  const read = (path: string) => JSON.parse(readFileSync(path, 'utf8'));
  const project = read(`${FOLDER}/../package.json`).devDependencies;
  for (const [name, version] of Object.entries(read(`${FOLDER}/package.json`).dependencies)) {
    expect(project[name]).toBe(version);
  }
});

test('the program says whether a configuration can be used', () => {
  const program = `${FOLDER}/bin/dicomweb-gateway.mjs`;
  const env = { ...process.env, DICOMWEB_GATEWAY_KEY: 'k' };
  const options = { env, encoding: 'utf8' } as const;
  expect(execFileSync(process.execPath, [program, '--check', `${FOLDER}/gateway.example.toml`], options)).toContain(
    'can be used',
  );
  expect(execFileSync(process.execPath, [program, '--version'], options).trim()).toMatch(/^\d+\.\d+\.\d+$/);
});

test('what was refused is put back into the outbox and sent again', async () => {
  const archive = await standInArchive(({ uids }, count) =>
    count === 1 ? { failures: { [String(uids[0])]: 0x0111 } } : 'store',
  );
  const folder = scratch();
  const first = await runGateway({ folder, archive: archive.base });
  await storeAll({ port: first.port, callingAETitle: 'CT' }, [instanceOf('study', 'one')]);
  await until(() => first.files('refused').length === 2, 'the refusal');
  await expect(retryRefused(first.data)).rejects.toThrow('another gateway');
  await first.stop();
  expect(await retryRefused(first.data)).toBe(1);
  expect(first.files('refused')).toEqual([]);
  const second = await runGateway({ folder, archive: archive.base });
  await until(() => second.files('outbox').length === 0, 'an empty outbox');
  expect(archive.stored.size).toBe(1);
});
