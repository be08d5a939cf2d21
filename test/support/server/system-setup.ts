import type { TestProject } from 'vitest/node';
import { buildViewer } from '../../../scripts/build-viewer.mjs';
import { prepareDataFolder } from '../../../scripts/start/prepare.mjs';
import { browserCommand } from '../viewer/chromium';
import { PREPARED_FOLDER, scratchFolder } from './front-door';
import { buildWorker, prepareData } from './server';

interface Made {
  readonly bundle: string;
  readonly remove: () => void;
}

/** What was made, for all projects of one run. */
const shared = globalThis as { madeForTests?: Promise<Made> };

/**
 * Makes once, before the first file, what many files use: the Worker's bundle, the viewer, a data folder that `npm start`
 * has nothing to prepare in, and the unpacked browser. Two files that run at the same time must not make them over one
 * another.
 */
export default async function setUp(project: TestProject): Promise<() => void> {
  shared.madeForTests ??= make();
  const { bundle, remove } = await shared.madeForTests;
  project.provide('bundle', bundle);
  return remove;
}

async function make(): Promise<Made> {
  const prepared = scratchFolder();
  const compiled = scratchFolder();
  // Each `npm start` loads wrangler, which takes Node a second to compile.
  process.env.NODE_COMPILE_CACHE ??= compiled.path;
  const quietly = () => undefined;
  // npm may fetch the viewer: see vitest.config.mts.
  const certificates = process.env.CERTIFICATES_FOR_NPM;
  if (certificates !== undefined) process.env.NODE_EXTRA_CA_CERTS = certificates;
  const [bundle] = await Promise.all([
    buildServer(),
    buildViewer(quietly),
    prepareDataFolder({ data: prepared.path, port: 1, archives: [], databases: 1, vars: {} }, quietly),
  ]);
  delete process.env.NODE_EXTRA_CA_CERTS;
  browserCommand();
  process.env[PREPARED_FOLDER] = prepared.path;
  const remove = () => {
    prepared.remove();
    compiled.remove();
  };
  return { bundle, remove };
}

async function buildServer(): Promise<string> {
  const bundle = await buildWorker();
  await prepareData(bundle);
  return bundle;
}
