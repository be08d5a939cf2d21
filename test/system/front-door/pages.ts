import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../../../scripts/support/paths.mjs';
import { type Doors, KB, MB, requestOf } from '../../support/server/doors';

export function pages(doors: () => Doors): void {
  describe("OHIF's page", () => {
    const answerTo = async (path: string) => {
      const answer = await doors().exchange(doors().door.origin, { method: 'GET', path });
      return [answer?.status, answer?.headers.get('content-type')?.replace(/;.*/, '')];
    };

    test('never replaces an answer of the archive', async () => {
      for (const path of [
        '/dicomweb/studies//metadata',
        '/dicomweb/studies/1.2/../x',
        '/dicomweb//studies',
        '//dicomweb/studies',
        '/Dicomweb/studies',
        '/dicomweb%2Fstudies',
        '/wado/x',
        '/status',
        '/statistics/x',
        '/metrics/x',
        '/viewer/archive/more',
        '/app.bundle.0123456789abcdef.js',
        '/assets/nothing.png',
        '/_worker.js',
        '/_headers',
        '/health%00',
        // Paths that name no file: they lead through a file, or are longer than a file's name can be.
        '/app-config.js/x',
        '/app-config.js%2Fx',
        '/index.html/',
        '/%5Fworker.js',
        '//_worker.js',
        `/${'x'.repeat(300)}`,
        `/${'x/'.repeat(4000)}`,
      ]) {
        expect(await answerTo(path), path).toEqual([404, 'application/problem+json']);
      }
    });

    test('never replaces what the archive tells a monitor', async () => {
      expect(await answerTo('/health')).toEqual([200, 'application/health+json']);
      expect(await answerTo('/statistics')).toEqual([200, 'application/json']);
      expect(await answerTo('/metrics')).toEqual([200, 'text/plain']);
    });

    test('is sent to a client whose request has a body, or asks for another protocol', async () => {
      const upgrade = { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' };
      for (const path of ['/', '/viewer', '/upload', '/app-config.js']) {
        for (const method of ['GET', 'HEAD'] as const) {
          // The runtime does not pass a chunked body of GET to a Worker.
          const bodies = [KB, MB, 20 * MB].map((size) => requestOf({ method, path }, size, 'length'));
          for (const sent of [
            ...bodies,
            { method, path, headers: { ...upgrade, 'Sec-WebSocket-Key': btoa('0'.repeat(16)) } },
          ]) {
            const answer = await doors().exchange(doors().door.origin, sent);
            expect(answer?.status, `${method} ${path} ${JSON.stringify(sent.headers)}`).toBe(200);
          }
        }
      }
    });

    test('runs the hourly job some seconds after the start', { timeout: 120_000 }, async () => {
      let lastSweep: unknown = null;
      while (lastSweep === null) {
        await new Promise((resolve) => setTimeout(resolve, 500));
        ({ lastSweep } = await (await fetch(`${doors().door.origin}/statistics`)).json());
      }
      expect(lastSweep).toMatchObject({ ranAt: expect.stringMatching(/Z$/), deleted: { purged: 0 } });
    });

    test('is served for each page that OHIF has', async () => {
      const dist = join(ROOT, 'viewer/dist');
      const bundles = readdirSync(dist).filter((name) => /^(app|\d+)\.bundle\.\w+\.js$/.test(name));
      const code = bundles.map((name) => readFileSync(join(dist, name), 'utf8')).join('\n');
      const modes = [...code.matchAll(/routeName: ?['"]([\w-]+)['"]/g)].map(([, name]) => name);
      // Extensions have examples of pages that nothing turns on.
      const app = readFileSync(join(dist, bundles.find((name) => name.startsWith('app.'))!), 'utf8');
      const others = [...app.matchAll(/path: ?["'`](\/\w+)["'`]/g)].map(([, path]) => path!);
      expect([modes.length, others.length]).toEqual([9, 7]);
      for (const path of [
        '/',
        ...modes.flatMap((name) => [`/${name}?StudyInstanceUIDs=1.2`, `/${name}/archive`]),
        ...others,
      ]) {
        expect(await answerTo(path), path).toEqual([200, 'text/html']);
      }
    });
  });
}
