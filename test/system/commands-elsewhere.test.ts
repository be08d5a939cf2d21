import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { slice } from '../support/files/samples';
import { scratchFolder } from '../support/server/front-door';

/** Something that is no archive: it answers every request with a page. */
const other: Server = createServer((request, response) => {
  const status = request.method === 'GET' ? 200 : 502;
  response.writeHead(status, { 'Content-Type': 'text/html' }).end('<html>Welcome to the router</html>');
});
let address = '';
/** Something that sends its clients on to the other one, as a sign-in does. */
const redirecting: Server = createServer((request, response) => {
  response.writeHead(302, { Location: `${address}${request.url}` }).end();
});
let redirect = '';
/** Something else that answers with JSON. */
const json: Server = createServer((_request, response) => {
  response.writeHead(200, { 'Content-Type': 'application/json' }).end('{}');
});
let otherJSON = '';
/** A port where nothing listens any more. */
let silent = '';

beforeAll(async () => {
  const gone = createServer();
  for (const server of [other, gone, redirecting, json]) await once(server.listen(0, '127.0.0.1'), 'listening');
  address = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
  silent = `http://127.0.0.1:${(gone.address() as AddressInfo).port}`;
  redirect = `http://127.0.0.1:${(redirecting.address() as AddressInfo).port}`;
  otherJSON = `http://127.0.0.1:${(json.address() as AddressInfo).port}`;
  gone.close();
});
afterAll(() => {
  for (const server of [other, redirecting, json]) server.close();
});

async function run(name: string, ...args: string[]) {
  const child = spawn(process.execPath, [`scripts/${name}.mjs`, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  const [said] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  return { said, failed: child.exitCode !== 0 };
}

const COMMANDS: readonly (readonly [string, ...string[]])[] = [
  ['keys', 'list', '--key', 'dwk_x'],
  ['verify', '--key', 'dwk_x'],
  ['rebuild', '--key', 'dwk_x'],
  ['archives', 'move', '--status', '--key', 'dwk_x'],
];

describe.each(COMMANDS.map(([name, ...args]) => ({ name, args })))('npm run $name', ({ name, args }) => {
  it('says when there is no answer, and from where', async () => {
    const { said, failed } = await run(name, ...args, '--base', silent);
    expect(said).toContain(`No answer from ${silent}.`);
    expect(failed).toBe(true);
  });

  it('says when the address refers to another one', async () => {
    const { said, failed } = await run(name, ...args, '--base', redirect);
    expect(said).toContain(`No answer from ${redirect}. This address sends its clients on to another one`);
    expect(failed).toBe(true);
  });

  it('says when the address is not that of an archive, and does not repeat what is there', async () => {
    const { said, failed } = await run(name, ...args, '--base', address);
    expect(said).toMatch(/does not answer as this archive does|The archive answers 502\./);
    expect(said).not.toContain('Welcome');
    expect(failed).toBe(true);
  });
});

describe.each(COMMANDS.slice(0, 3).map(([name, ...args]) => ({ name, args })))('npm run $name', ({ name, args }) => {
  it('says when other JSON comes than that of an archive', async () => {
    const { said, failed } = await run(name, ...args, '--base', otherJSON);
    expect(said).toMatch(/does not answer as this archive does\. Is the address right\?$/m);
    expect(said).not.toContain('Finished work');
    expect(failed).toBe(true);
  });
});

describe('npm run upload', () => {
  it('ends at once when the address refers to another one', async () => {
    const scratch = scratchFolder();
    const file = join(scratch.path, 'image.dcm');
    writeFileSync(file, slice({ study: '1.2.3', sop: '1.2.3.9' }));
    const state = join(scratch.path, 'state.json');
    const { said, failed } = await run('upload', file, '--base', redirect, '--state', state);
    scratch.remove();
    expect([said, failed]).toEqual([expect.stringContaining('sends its clients on to another one'), true]);
  });
});
