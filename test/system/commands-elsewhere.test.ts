import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** Something that is no archive: it answers every request with a page. */
const other: Server = createServer((request, response) => {
  const status = request.method === 'GET' ? 200 : 502;
  response.writeHead(status, { 'Content-Type': 'text/html' }).end('<html>Welcome to the router</html>');
});
let address = '';
/** A port where nothing listens any more. */
let silent = '';

beforeAll(async () => {
  const gone = createServer();
  for (const server of [other, gone]) await once(server.listen(0, '127.0.0.1'), 'listening');
  address = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
  silent = `http://127.0.0.1:${(gone.address() as AddressInfo).port}`;
  gone.close();
});
afterAll(() => other.close());

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

  it('says when the address is not that of an archive, and does not repeat what is there', async () => {
    const { said, failed } = await run(name, ...args, '--base', address);
    expect(said).toMatch(/does not answer as this archive does|The archive answers 502\./);
    expect(said).not.toContain('Welcome');
    expect(failed).toBe(true);
  });
});
