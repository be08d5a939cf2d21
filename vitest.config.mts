import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.ts';

/**
 * Certificates that the machine adds, for the internet. Every local runtime would read them at its start, which takes most of
 * a second with a system's whole list. No test leaves this machine; system-setup.ts keeps them for npm. The runtime's package
 * looks for them when it is imported.
 */
if (process.env.NODE_EXTRA_CA_CERTS) process.env.CERTIFICATES_FOR_NPM = process.env.NODE_EXTRA_CA_CERTS;
delete process.env.NODE_EXTRA_CA_CERTS;
const { cloudflareTest, readD1Migrations } = await import('@cloudflare/vitest-plugin');

/** In Node, an import of WebAssembly is what it is in a Worker: a compiled module. */
const compiledWasm = {
  name: 'compiled-wasm',
  enforce: 'pre' as const,
  load(id: string) {
    if (!id.endsWith('.wasm')) return undefined;
    const bytes = readFileSync(id).toString('base64');
    return `export default new WebAssembly.Module(Uint8Array.from(atob('${bytes}'), (c) => c.charCodeAt(0)));`;
  },
};

/** A file of the system project starts several processes and takes a gigabyte. */
const FILE_BYTES = 2 * 1024 ** 3;

/**
 * How many files run at the same time, of all projects together. The runner's default is one less than the cores, so
 * one on a machine with two. Here it is three more than the cores: most files of the system project use a quarter to two
 * thirds of a core, because they wait, and another file uses their core then.
 */
const WORKERS = Math.max(1, Math.min(availableParallelism() + 3, 5, Math.floor(totalmem() / FILE_BYTES)));

/**
 * Where Linux keeps files in memory. The tests' databases and buckets lie there when it has room for them: otherwise the
 * tests wait for the disk at every commit, and half of the processors' time is lost.
 */
const IN_MEMORY = '/dev/shm';
const ROOM_BYTES = 4 * 1024 ** 3;
if (process.env.TMPDIR === undefined && existsSync(IN_MEMORY)) {
  const { bavail, bsize } = statfsSync(IN_MEMORY);
  if (bavail * bsize >= ROOM_BYTES) process.env.TMPDIR = IN_MEMORY;
}

/**
 * How long a test, a hook and a poll may take. On a busy machine a test takes ten times as long as on a quiet one; only
 * a test that hangs takes this long. A hook that is given up would go on beside the next test.
 */
const patience = {
  // `npm run check:crashes` makes many rounds in a test.
  testTimeout: Math.max(300_000, 60_000 * Number(process.env.CRASH_ROUNDS ?? 0)),
  hookTimeout: 300_000,
  expect: { poll: { timeout: 120_000 } },
};

/** Before each test file, but not in workerd: there test/support/archive/with-archive.ts imports it. */
const setupFiles = ['./test/support/equal-bytes.ts'];

/** Tests of servers and browsers in processes of their own. */
const outside = {
  ...patience,
  setupFiles,
  globalSetup: './test/support/server/system-setup.ts',
};

/** Its answers have to arrive within five seconds, so nothing runs beside it but two files of pure code at a time. */
const ALONE = 'test/system/front-door.test.ts';

/** After all other files. */
const last = { maxWorkers: 3, sequence: { groupOrder: 1 } };

/** The deployed Worker within the limits of production, which the local runtime does not know. */
const worker = (d1Databases: Record<string, string>) =>
  cloudflareTest(async () => ({
    main: './test/support/platform/limited-worker.ts',
    wrangler: { configPath: './wrangler.toml' },
    miniflare: {
      bindings: { ALLOW_ANONYMOUS: 'true', MIGRATIONS: await readD1Migrations('./migrations') },
      d1Databases,
      durableObjects: { NEAR: { className: 'NearStorage', useSQLite: true } },
      // For tests of rates; the deployed configuration names its own.
      ratelimits: { threeRequests: { namespace_id: '1', simple: { limit: 3, period: 60 } } },
    },
  }));

/** Tests of the runtime that are run once more with an archive in three databases. `DATABASES=all` runs all of conformance so. */
const SEVERAL_DATABASES =
  process.env.DATABASES === 'all'
    ? ['conformance/**/*']
    : [
        'conformance/operations/backup-rows',
        'conformance/delete/delete',
        'conformance/stow-rs/duplicates',
        'conformance/access/labels',
        'conformance/qido-rs/qido-rs-matching',
        'conformance/qido-rs/qido-rs-names',
        'conformance/qido-rs/qido-rs-paging',
        'conformance/qido-rs/qido-rs-random',
        'conformance/qido-rs/qido-rs-within-study',
        'conformance/operations/rebuild',
      ];

/** For tests of faults and of the model: `npm run check:faults` asks for more than a sample. */
const faults = {
  points: process.env.FAULT_POINTS ?? 'some',
  seed: Number(process.env.FAULT_SEED ?? 1),
  scenario: process.env.FAULT_SCENARIO ?? '',
  part: process.env.FAULT_PART ?? '1/1',
};

/**
 * unit: pure code in Node. runtime: the Worker's code in workerd with real R2, D1 and Queues bindings. databases: some of
 * these again, with an archive in three databases. system: the
 * bundle, the whole front door and a browser, driven from Node. front-door: the comparison of the front door with the
 * Worker alone. Runtime and system come first, then front-door with unit beside it.
 */
export default defineConfig({
  test: {
    // What a passed test says is not printed: the runtime logs every request.
    silent: 'passed-only',
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        assetsInclude: ['**/*.dcm'],
        plugins: [compiledWasm],
        // Pure code: its files can share a worker, which saves the start of one for each.
        test: {
          ...last,
          ...patience,
          setupFiles,
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          isolate: false,
        },
      },
      {
        // Sample images, as `?inline` data URLs: the runtime has no files.
        assetsInclude: ['**/*.dcm'],
        // The database of a second archive: test/conformance/archives/archives.test.ts.
        plugins: [worker({ DB_NORTH: 'north' })],
        test: {
          ...patience,
          name: 'runtime',
          maxWorkers: WORKERS,
          // A runtime serves many files, one after the other: starting one takes longer than most files.
          isolate: false,
          include: ['test/runtime/**/*.test.ts', 'test/conformance/**/*.test.ts', 'test/contract/**/*.test.ts'],
          provide: {
            faults,
            // For test/conformance/access/permissions.test.ts: `all` leaves nothing out.
            permissions: process.env.PERMISSIONS ?? 'some',
            model: {
              sequences: Number(process.env.MODEL_SEQUENCES ?? 0),
              seed: Number(process.env.MODEL_SEED ?? 1),
            },
            // For test/runtime/scale.test.ts: `npm run measure:scale` asks for large studies.
            scale: {
              slices: Number(process.env.SCALE_SLICES ?? 80),
              series: Number(process.env.SCALE_SERIES ?? 60),
              frames: Number(process.env.SCALE_FRAMES ?? 2000),
            },
          },
        },
      },
      {
        assetsInclude: ['**/*.dcm'],
        plugins: [worker({ DB2: 'second', DB3: 'third', DB_ALONE: 'alone', DB_NORTH: 'north' })],
        test: {
          ...patience,
          name: 'databases',
          maxWorkers: WORKERS,
          isolate: false,
          include: ['test/databases/**/*.test.ts', ...SEVERAL_DATABASES.map((name) => `test/${name}.test.ts`)],
          provide: { faults },
        },
      },
      {
        plugins: [compiledWasm],
        test: {
          ...outside,
          name: 'system',
          maxWorkers: WORKERS,
          // A process serves many files, one after the other: most of them import the same modules, and a browser's driver.
          isolate: false,
          include: ['test/system/**/*.test.ts', 'test/e2e/**/*.test.ts', 'gateway/test/**/*.test.ts'],
          exclude: [ALONE],
        },
      },
      {
        plugins: [compiledWasm],
        test: { ...outside, ...last, name: 'front-door', include: [ALONE] },
      },
    ],
  },
});
