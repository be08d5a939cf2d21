/**
 * `npm run deploy`: deploys the migrations of every archive's database, then the Worker, then the viewer, so that each part finds
 * what it needs. With `--create` it first makes the account's database, bucket, queues and Pages project, if they do
 * not exist. With `--dry-run` everything is built, the plan is shown and nothing leaves this machine.
 */
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { experimental_readRawConfig } from 'wrangler';
import { checkDeployment, limitsOf } from './deploy/check.mjs';
import {
  checkJurisdiction,
  create,
  creationPlan,
  JURISDICTIONS,
  jurisdictionOf,
  listed,
  writeIds,
} from './deploy/create.mjs';
import { whoReachesWhat } from './deploy/reach.mjs';
import { deploy, liveDeployment, rehearse, step } from './deploy/steps.mjs';
import { endChildren } from './support/children.mjs';
import { ROOT } from './support/paths.mjs';
import { runWrangler } from './support/wrangler.mjs';

const VIEWER = join(ROOT, 'viewer');
const CONFIG = join(ROOT, 'wrangler.toml');

const HELP = `npm run deploy -- [--create [--jurisdiction ${JURISDICTIONS.join('|')}]] [--dry-run]

Migrates the databases of all archives, then deploys the Worker, then the viewer.

  --create          first makes the database, the bucket, the queues and the Pages project that do not exist yet, and
                    writes their ids into wrangler.toml
  --jurisdiction    where patients' data is kept; with --create. It cannot be changed later
  --dry-run         builds everything and shows the plan; nothing leaves this machine`;

for (const signal of /** @type {NodeJS.Signals[]} */ (['SIGINT', 'SIGTERM'])) {
  process.on(signal, () => endChildren().then(() => process.exit(1)));
}

/** The names of all resources of a deployment. @returns {import('./deploy/create.mjs').Names} */
function names() {
  /** @type {{ rawConfig: import('wrangler').Unstable_RawConfig }} */
  const { rawConfig: worker } = experimental_readRawConfig({ config: CONFIG });
  const { rawConfig: viewer } = experimental_readRawConfig({ config: join(VIEWER, 'wrangler.toml') });
  const consumers = worker.queues?.consumers ?? [];
  const queues = consumers.flatMap((/** @type {{ queue: string, dead_letter_queue?: string }} */ consumer) =>
    [consumer.queue, consumer.dead_letter_queue].filter((name) => name !== undefined),
  );
  const database = worker.d1_databases?.find(({ binding }) => binding === 'DB')?.database_name;
  const bucket = worker.r2_buckets?.find(({ binding }) => binding === 'BUCKET')?.bucket_name;
  if (!database || !bucket || !viewer.name)
    throw new Error('A name is missing in wrangler.toml or viewer/wrangler.toml.');
  return { database, bucket, queues, pages: viewer.name };
}

async function askJurisdiction() {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(
    `Where may patients' data be kept? It cannot be changed later. (${JURISDICTIONS.join(', ')}) `,
  );
  terminal.close();
  return answer;
}

/** Creates the account's resources and writes their ids into wrangler.toml. @param {string | undefined} given */
async function createResources(given) {
  const asked = given ?? (process.stdin.isTTY ? await askJurisdiction() : undefined);
  const jurisdiction = jurisdictionOf(asked);
  step('Account: database, bucket, queues, Pages project');
  const wrangler = (/** @type {string[]} */ args) => runWrangler(args, { cwd: ROOT });
  const id = await create(creationPlan(names(), jurisdiction), wrangler, (line) => console.log(line));
  writeIds(CONFIG, id, jurisdiction);
}

/** Shows what `--create` would do. @param {string | undefined} given */
function showPlan(given) {
  step('Account: what --create does, unless it is already done');
  const jurisdiction = jurisdictionOf(given ?? 'none');
  for (const { make } of creationPlan(names(), jurisdiction)) console.log(`wrangler ${make.join(' ')}`);
  console.log('write the ids into wrangler.toml, then deploy');
}

/** Says where the viewer and the archive are reached, and which clients reach them. */
async function sayAddress() {
  const { pages } = names();
  const list = await runWrangler(['pages', 'project', 'list', '--json'], { cwd: VIEWER });
  const domains = listed(list, 'Project Name', pages)?.['Project Domains'] ?? `${pages}.pages.dev`;
  console.log(`\nDeployed: https://${domains.split(',')[0]?.trim()}`);
  sayReach(domains.split(',').map((domain) => domain.trim()));
}

/** @param {string[]} domains of the Pages project */
function sayReach(domains) {
  const { rawConfig } = experimental_readRawConfig({ config: CONFIG });
  step('Who can reach what');
  for (const line of whoReachesWhat(rawConfig.vars ?? {}, domains, limitsOf(rawConfig))) console.log(line);
}

try {
  const { values } = parseArgs({
    options: {
      'dry-run': { type: 'boolean', default: false },
      create: { type: 'boolean', default: false },
      jurisdiction: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  checkJurisdiction(values);
  if (values.help) console.log(HELP);
  else if (values['dry-run']) {
    const missing = await checkDeployment();
    if (values.create) showPlan(values.jurisdiction);
    await rehearse();
    console.log(`\nEverything builds. Nothing was deployed.${missing.length ? ' Before a deployment:' : ''}`);
    for (const line of missing) console.log(`- ${line}`);
    sayReach([`${names().pages}.pages.dev`]);
  } else {
    if (values.create) await createResources(values.jurisdiction);
    const missing = await checkDeployment();
    if (missing.length > 0) {
      throw new Error(`This cannot be deployed yet:\n${missing.map((line) => `- ${line}`).join('\n')}`);
    }
    await deploy(liveDeployment());
    await sayAddress();
  }
} catch (error) {
  console.error(`\nnpm run deploy: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
