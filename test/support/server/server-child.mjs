// The process that test/support/server/server.ts starts: the archive's bundle in one runtime, configured by a JSON argument.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { convertV4MiniflareOptions, Miniflare, modulesIn } from '../../../scripts/support/runtime.mjs';

/** @type {{ bundle: string, data: string, inspector?: boolean, vars: Record<string, string> }} */
const settings = JSON.parse(process.argv[2] ?? '{}');
/** @type {{ workerOptions: Record<string, any>, migrations: string[][] }} */
const { workerOptions, migrations } = JSON.parse(readFileSync(join(settings.bundle, 'runtime.json'), 'utf8'));

// A folder with databases was migrated when it was made.
const isMigrated = existsSync(join(settings.data, 'd1'));

const runtime = new Miniflare(
  convertV4MiniflareOptions({
    host: '127.0.0.1',
    ...(settings.inspector ? { inspectorPort: 0 } : {}),
    resourcePersistencePath: settings.data,
    telemetry: { enabled: false },
    cf: false,
    workers: [
      {
        ...workerOptions,
        // For the limits of production, which tests may put around the Worker.
        compatibilityFlags: [...(workerOptions.compatibilityFlags ?? []), 'nodejs_als'],
        modules: modulesIn(settings.bundle),
        bindings: { ...workerOptions.bindings, ...settings.vars },
      },
    ],
  }),
);
const url = await runtime.ready;
if (!isMigrated) await migrate();
const inspector = settings.inspector ? await inspectorURL() : undefined;
process.send?.({ origin: url.origin, inspector });
process.on('SIGTERM', async () => {
  await runtime.dispose();
  process.exit(0);
});
// The process that started this one has ended, so this one ends too.
process.on('disconnect', () => process.kill(0, 'SIGKILL'));

async function inspectorURL() {
  const { port } = await runtime.getInspectorURL();
  const targets = await (await fetch(`http://127.0.0.1:${port}/json`)).json();
  return targets[0].webSocketDebuggerUrl;
}

async function migrate() {
  const database = await runtime.getD1Database('DB');
  for (const statements of migrations) await database.batch(statements.map((sql) => database.prepare(sql)));
}
