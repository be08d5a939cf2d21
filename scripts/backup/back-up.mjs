import { OBJECT_KINDS } from '../../src/archive/object-keys.ts';
import { counted, studies } from '../support/counted.mjs';
import { ofInstance } from '../support/of-instance.mjs';
import { inParallel } from './in-parallel.mjs';
import { ObjectCopies } from './object-copies.mjs';

/** @typedef {import('./backup-folder.mjs').BackupFolder} BackupFolder */
/** @typedef {import('./backup-folder.mjs').Entry} Entry */
/** @typedef {import('./backup-folder.mjs').MissingEntry} MissingEntry */
/** @typedef {import('./remote-archive.mjs').RemoteArchive} RemoteArchive */
/** @typedef {import('./remote-archive.mjs').NamedObject} NamedObject */

/** Kinds of objects under which the objects of a study lie. */
const OF_STUDY = ['instances', 'metadata'];

const NOT_COPIED = 'is missing or damaged in the archive, or is not sent whole, and the backup does not have it';

/** One run of a backup. */
export class Backup {
  studies = 0;
  changed = 0;
  /** The faults in the archive and in the backup, a line for each. @type {string[]} */
  findings = [];

  /**
   * @param {RemoteArchive} archive
   * @param {BackupFolder} folder
   * @param {{ parallel: number, all: boolean, say: (line: string) => void }} options all: unchanged studies are compared too
   */
  constructor(archive, folder, { parallel, all, say }) {
    this.archive = archive;
    this.folder = folder;
    this.parallel = parallel;
    this.all = all;
    this.say = say;
    this.copies = new ObjectCopies(archive, folder, all);
  }

  async run() {
    const startedAt = Date.now();
    const archiveID = await this.archive.prepare(this.say);
    await this.folder.begin(archiveID);
    const before = (await this.folder.runs()).at(-1);
    if (before !== undefined && (await this.folder.studiesOfRun(before)) === undefined)
      this.findings.push(`runs/${before}  was damaged; this run takes its place`);
    const previous = before === undefined ? null : await this.folder.digestOfRun(before);
    await this.folder.keepRun(startedAt, async (add) => {
      await add({ format: 1, archiveID, startedAt, previous });
      const copied = new Set();
      /** @param {{ study: string, pages: string[] }} of */
      const copy = async ({ study, pages }) => {
        copied.add(study);
        const { isChanged, ...line } = await this.ofStudy(study, pages);
        await add(line);
        this.studies += 1;
        if (isChanged) this.changed += 1;
        if (this.studies % 100 === 0) this.say(this.progress());
      };
      await inParallel(this.snapshots(), this.parallel, copy);
      for await (const studies of this.archive.studies()) {
        const missing = studies.filter((study) => !copied.has(study));
        if (missing.length > 0) await inParallel(this.snapshotsOf(missing), this.parallel, copy);
      }
      await this.ofArchive(before, add);
      return { finishedAt: Date.now(), studies: this.studies, findings: this.findings.length };
    });
    await this.askVerification();
  }

  progress() {
    const { copied, bytes } = this.copies;
    return `${studies(this.studies)}, ${this.changed} of them new or changed; ${counted(copied, 'object')} copied, ${(bytes / 1e6).toFixed(1)} MB`;
  }

  /** The pages of the newest whole snapshot of each study. @returns {AsyncGenerator<{ study: string, pages: string[] }>} */
  async *snapshots() {
    let study = '';
    /** @type {string[]} */
    let keys = [];
    for await (const key of this.archive.keys('index/')) {
      const of = key.split('/')[1] ?? '';
      if (of !== study) {
        yield* newest(study, keys);
        [study, keys] = [of, []];
      }
      keys.push(key);
    }
    yield* newest(study, keys);
  }

  /**
   * Studies that are new since the run began, or whose rows the bucket has lost: they are copied into it again.
   * @param {readonly string[]} studies
   */
  async *snapshotsOf(studies) {
    await this.archive.prepare(() => undefined, studies);
    for (const study of studies) {
      let found = false;
      for await (const snapshot of newestOf(this.archive, study)) {
        found = true;
        yield snapshot;
      }
      if (!found) this.findings.push(`index/${study}/  is missing in the archive`);
    }
  }

  /**
   * The line of a study in the run.
   * @param {string} study
   * @param {string[]} pages
   * @returns {Promise<{ study: string, snapshot: string, list: string, isChanged: boolean }>}
   */
  async ofStudy(study, pages) {
    const known = await this.folder.lists.whole(study, snapshotOf(pages));
    if (known !== undefined && !this.all) return { study, ...known, isChanged: false };
    const copied = await this.copyStudy(study, pages);
    if (copied.lost.length > 0) {
      // A part may have been purged since the snapshot was taken: then there is a newer one.
      await this.archive.prepare(() => undefined);
      for await (const again of newestOf(this.archive, study)) {
        if (snapshotOf(again.pages) !== snapshotOf(pages)) {
          return { ...(await this.ofStudy(study, again.pages)), isChanged: true };
        }
      }
    }
    for (const line of [...copied.lost, ...copied.damaged]) this.findings.push(line);
    const snapshot = snapshotOf(pages);
    const list = await this.folder.lists.keep(study, snapshot, copied.entries);
    return { study, snapshot, list, isChanged: known === undefined };
  }

  /**
   * @param {string} study
   * @param {string[]} pages
   */
  async copyStudy(study, pages) {
    const before = await this.folder.lists.known(study);
    const there = before.size > 0 ? await this.keysInArchive(study, before) : undefined;
    /** @type {(Entry | MissingEntry)[]} */
    const entries = [];
    /** @type {string[]} */
    const lost = [];
    /** @type {string[]} */
    const damaged = [];
    /** @param {NamedObject} object */
    const copy = async (object) => {
      const result = await this.copies.copy(object, before.get(object.key), damaged);
      entries.push(result ?? { key: object.key, missing: true });
      const of = ofInstance(object.instance);
      if (result === undefined) lost.push(`${object.key}  ${NOT_COPIED}${of}`);
      else if (there !== undefined && !there.has(object.key) && !object.key.startsWith('index/'))
        lost.push(`${object.key}  is missing in the archive; the backup has it${of}`);
    };
    for (const page of pages) {
      await copy({ key: page, byteLength: null, digest: null });
      const named = await this.archive.namedBy(page);
      if (named === undefined) lost.push(`${page}  is missing in the archive`);
      await inParallel(named ?? [], this.parallel, copy);
    }
    entries.sort((one, other) => (one.key < other.key ? -1 : 1));
    return { entries, lost, damaged };
  }

  /** @param {string} study @param {ReadonlyMap<string, Entry>} known @returns {Promise<Set<string>>} */
  async keysInArchive(study, known) {
    const prefixes = OF_STUDY.map((kind) => `${kind}/${study}/`);
    // The keys of large uploads do not name their study.
    const unfiled = [...known.keys()].filter((key) => key.startsWith('unfiled/'));
    const found = new Set();
    for (const prefix of [...prefixes, ...unfiled]) {
      for await (const key of this.archive.keys(prefix)) found.add(key);
    }
    return found;
  }

  /**
   * Objects that belong to no study: the sealed record of who did what, and the key of the pseudonyms.
   * @param {string | undefined} before the run before
   * @param {(line: object) => Promise<void>} add
   */
  async ofArchive(before, add) {
    /** @type {Map<string, Entry>} */
    const known = new Map();
    if (before !== undefined) {
      for await (const line of this.folder.linesOfRun(before))
        if (typeof line.key === 'string') known.set(line.key, line);
    }
    await inParallel(this.keysOfArchive(), this.parallel, async (key) => {
      /** @type {string[]} */
      const damaged = [];
      const entry = await this.copies.copy({ key, byteLength: null, digest: null }, known.get(key), damaged);
      if (entry !== undefined) await add(entry);
      else if (await this.isListed(key)) damaged.push(`${key}  ${NOT_COPIED}`);
      this.findings.push(...damaged);
    });
  }

  /** Whether the archive still lists an object: it may have been deleted meanwhile. @param {string} key */
  async isListed(key) {
    for await (const listed of this.archive.keys(key)) if (listed === key) return true;
    return false;
  }

  async *keysOfArchive() {
    for (const [prefix, { backup }] of Object.entries(OBJECT_KINDS))
      if (backup === 'each') yield* this.archive.keys(prefix);
  }

  /** The faults that the archive's own verification has found: missing and damaged objects. */
  async askVerification() {
    const { findings } = await this.archive.json('GET', '/verification');
    const named = new Set(this.findings.map((line) => line.split(' ')[0]));
    for (const { kind, subject, instance } of findings) {
      if (!/^(missing-object|wrong-length|wrong-digest|unreadable-object)$/.test(kind) || named.has(subject)) continue;
      // This run has looked at the rows of all studies itself, and had those copied again that were lost.
      if (subject.startsWith('index/')) continue;
      const has = (await this.folder.byteLength(subject)) !== undefined;
      const line = `${subject}  ${kind} in the archive; the backup ${has ? 'has it' : 'does not have it'}`;
      this.findings.push(line + ofInstance(instance));
    }
  }
}

/** @param {string} study @param {string[]} keys of its snapshots, in their order */
function* newest(study, keys) {
  const last = keys.findLast((key) => key.endsWith('-end.json.gz'));
  if (last === undefined) return;
  const snapshot = last.slice(0, last.lastIndexOf('/') + 1);
  yield { study, pages: keys.filter((key) => key.startsWith(snapshot)) };
}

/** @param {RemoteArchive} archive @param {string} study */
async function* newestOf(archive, study) {
  const keys = [];
  for await (const key of archive.keys(`index/${study}/`)) keys.push(key);
  yield* newest(study, keys);
}

/** @param {string[]} pages */
function snapshotOf(pages) {
  return pages[0]?.split('/')[2] ?? '';
}
