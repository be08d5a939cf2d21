/**
 * The process behind `npm start`: the Pages project and the Worker that it is bound to, in one runtime. `node server.mjs SETTINGS`,
 * where SETTINGS is JSON. The runtime itself listens on the port, with no proxy of JavaScript before the Pages project: a request
 * arrives there as the client sent it, and a client that leaves is noticed. (`wrangler pages dev` runs the same runtime with such a
 * proxy in a second one, which takes half of the CPU time of a request and hides that a client has left.)
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import { unstable_generateASSETSBinding, unstable_getMiniflareWorkerOptions } from 'wrangler';
import { ROOT } from '../support/paths.mjs';
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare, moduleAt, modulesIn } from '../support/runtime.mjs';
import { compressed } from './compressed.mjs';
import { BUNDLE } from './prepare.mjs';

/** @type {{ data: string, config: string, port: number, inspector: boolean, events: boolean }} */
const settings = JSON.parse(process.argv[2] ?? '{}');
const HOST = '127.0.0.1';
const VIEWER = join(ROOT, 'viewer');

/** What the runtime complains of. Everything else is of no interest to somebody who started it. */
const log = new Log(LogLevel.WARN);

/**
 * Answers at the port that the runtime opens besides ours, for callers that say with headers of their own which URL they mean.
 * Nothing uses this port.
 */
const closed = {
  name: 'closed',
  modules: [
    {
      type: 'ESModule',
      path: 'closed.mjs',
      contents: 'export default { fetch: () => new Response(null, { status: 421 }) };',
    },
  ],
};

/** The Pages project of viewer/wrangler.toml: its Worker, its files as Pages serves them, and the Worker that it is bound to. */
async function pagesProject() {
  /** @type {{ compatibility_date: string, pages_build_output_dir: string, services: { binding: string, service: string }[] }} */
  const { compatibility_date, pages_build_output_dir, services } = /** @type {any} */ (
    parse(readFileSync(join(VIEWER, 'wrangler.toml'), 'utf8'))
  );
  const directory = join(VIEWER, pages_build_output_dir);
  const bindings = services.map(({ binding, service }) => [binding, service]);
  return {
    name: 'pages-project',
    compatibilityDate: compatibility_date,
    modules: [moduleAt(directory, '_worker.js')],
    serviceBindings: { ...Object.fromEntries(bindings), ASSETS: await filesOf(directory) },
    unsafeDirectSockets: [{ host: HOST, port: settings.port }],
  };
}

/** @param {string} directory */
async function filesOf(directory) {
  const quiet = /** @type {any} */ (new Proxy({}, { get: () => () => undefined }));
  return compressed(await unstable_generateASSETSBinding({ log: quiet, directory }));
}

/** The archive's Worker. */
function archive() {
  const { workerOptions } = unstable_getMiniflareWorkerOptions(settings.config);
  const { name } = JSON.parse(readFileSync(settings.config, 'utf8'));
  return { ...workerOptions, name, modules: modulesIn(join(settings.data, BUNDLE)) };
}

const runtime = new Miniflare(
  convertV4MiniflareOptions({
    host: HOST,
    log,
    ...(settings.inspector ? { inspectorPort: 0 } : {}),
    resourcePersistencePath: join(settings.data, 'v3'),
    telemetry: { enabled: false },
    cf: false,
    handleStructuredLogs: (/** @type {{ level: string, message: string }} */ { level, message }) => {
      if (settings.events || level === 'error' || level === 'warn') console.error(message);
    },
    workers: [closed, await pagesProject(), archive()],
  }),
);
// The runtime gets the signal too, and must not be started again.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(0));
await runtime.ready;
