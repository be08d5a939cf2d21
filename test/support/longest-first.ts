import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { seededRandom } from './seeded-random.ts';

/** It takes longer than its share of the whole, so that it begins before all other files, those of other projects included. */
const FIRST = 'test/e2e/viewer-studies.test.ts';

/**
 * The test files that take longest, the longest first. One of them that began last would run alone at the end, with the
 * other cores idle. The runner knows how long files took, but not in a clean checkout. Of the system project, files with a
 * browser, which keeps a core busy, take turns with files that mostly wait: for a lease, a start, or a silent client.
 */
const LONGEST: readonly string[] = [
  'test/e2e/sign-in.test.ts',
  'test/system/upload/resumable-upload.test.ts',
  'test/e2e/outside.test.ts',
  'test/system/upload/upload-ingest.test.ts',
  'test/system/storm.test.ts',
  'test/e2e/front-door.test.ts',
  'test/system/crash/crash-upload.test.ts',
  'test/e2e/viewer.test.ts',
  'test/e2e/upload.test.ts',
  'test/system/backup.test.ts',
  'test/system/archives.test.ts',
  'test/system/time-travel.test.ts',
  'test/e2e/viewer-security.test.ts',
  'test/system/upload/upload-command.test.ts',
  'test/system/crash/crash.test.ts',
  'test/system/backup-faults.test.ts',
  'test/e2e/archives.test.ts',
  'test/system/corpus.test.ts',
  'test/system/keys.test.ts',
  'test/system/crash/crash-delete.test.ts',
  'test/system/swapped-database.test.ts',
  'test/runtime/background/purge.test.ts',
  'test/runtime/background/frame-copies.test.ts',
  'test/contract/adapters.test.ts',
  'test/runtime/background/orphans.test.ts',
  'test/runtime/store/store-faults.test.ts',
  'test/conformance/access/permissions.test.ts',
  'test/conformance/access/part-of-archive.test.ts',
  'test/runtime/memory/image-memory.test.ts',
  'test/runtime/hostile/hostile-files.test.ts',
  'test/runtime/store/store-metadata.test.ts',
  'test/conformance/access/as-if-not-there.test.ts',
  'test/conformance/stow-rs/lost-bytes.test.ts',
  'test/runtime/model.test.ts',
  'test/runtime/faults.test.ts',
  'test/runtime/upload/upload-one-pass.test.ts',
  'test/conformance/archives/archives-principals.test.ts',
  'test/runtime/hostile/hostile.test.ts',
  'test/runtime/upload/upload-several-requests.test.ts',
  'test/conformance/operations/rebuild.test.ts',
  'test/runtime/operations.test.ts',
  'test/runtime/upload/ingest.test.ts',
  'test/runtime/store/concurrency.test.ts',
  'test/conformance/search-attributes/extra-attributes-instances.test.ts',
  'test/runtime/hostile/fuzz-stow.test.ts',
  'test/conformance/stow-rs/store-unseen.test.ts',
  'test/conformance/access/rate-limit.test.ts',
];

/**
 * Begins with the longest file of all, and each project with its longest files. Or sorts them at random, by the number in FILE_ORDER: the files of a project
 * share a runtime and its memory, and no test may depend on what the files before it left there.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => {
      const at = LONGEST.findIndex((name) => moduleId.endsWith(`/${name}`));
      return at < 0 ? LONGEST.length : at;
    };
    const byProject = await super.sort(files);
    if (process.env.FILE_ORDER) return atRandom(byProject, Number(process.env.FILE_ORDER));
    const projects = [...new Set(byProject.map(({ project }) => project))];
    const sorted = projects.flatMap((project) =>
      byProject.filter((file) => file.project === project).sort((one, other) => place(one) - place(other)),
    );
    const isFirst = ({ moduleId }: TestSpecification) => moduleId.endsWith(`/${FIRST}`);
    return [...sorted.filter(isFirst), ...sorted.filter((file) => !isFirst(file))];
  }
}

/** By name first: what the runner knows of earlier runs is not used. */
function atRandom(files: readonly TestSpecification[], seed: number): TestSpecification[] {
  const random = seededRandom(seed);
  const byName = [...files].sort((one, other) => (one.moduleId < other.moduleId ? -1 : 1));
  const drawn = byName.map((file) => ({ file, at: random.next() }));
  return drawn.sort((one, other) => one.at - other.at).map(({ file }) => file);
}
