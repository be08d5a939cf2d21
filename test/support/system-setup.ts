import type { TestProject } from 'vitest/node';
import { buildViewer } from '../../scripts/build-viewer.mjs';
import { browserCommand } from './chromium';
import { buildWorker } from './server';

/**
 * Makes once, before the first file, what many files of the project use: the Worker's bundle, the viewer and the
 * unpacked browser. Two files that run at the same time must not make them over one another.
 */
export default async function setUp(project: TestProject): Promise<void> {
  const [bundle] = await Promise.all([buildWorker(), buildViewer(() => undefined)]);
  browserCommand();
  project.provide('bundle', bundle);
}
