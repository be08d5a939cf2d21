import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { counted, studies } from '../support/counted.mjs';
import { withInstances } from '../support/of-instance.mjs';
import { inParallel } from './in-parallel.mjs';
import { RefusedError } from './remote-archive.mjs';
import { isOfRows, isSound, unfiledOf } from './rows.mjs';

/** @typedef {import('./backup-folder.mjs').BackupFolder} BackupFolder */
/** @typedef {import('./backup-folder.mjs').Entry} Entry */
/** @typedef {import('./backup-folder.mjs').MissingEntry} MissingEntry */
/** @typedef {import('./remote-archive.mjs').RemoteArchive} RemoteArchive */

/** Statuses by which the archive refuses one object. Others concern all of them. */
const OF_OBJECT = new Set([400, 404, 413]);

/** Puts the state of a backup's last run into a new archive. */
export class PuttingBack {
  studies = 0;
  /** Studies of the run; 0: they are not known. */
  total = 0;
  sent = 0;
  bytes = 0;
  /** Objects that the backup has lost, a line for each. @type {string[]} */
  findings = [];

  /**
   * @param {RemoteArchive} archive
   * @param {BackupFolder} folder
   * @param {{ parallel: number, say: (line: string) => void, acceptLoss?: boolean }} options
   *   acceptLoss: deletions, labels and legal holds of studies whose rows are damaged may be lost
   */
  constructor(archive, folder, { parallel, say, acceptLoss = false }) {
    this.archive = archive;
    this.folder = folder;
    this.parallel = parallel;
    this.say = say;
    this.acceptLoss = acceptLoss;
    this.partBytes = 0;
  }

  async run() {
    const archiveID = await this.folder.archiveID();
    const run = await this.checkedRun();
    if (archiveID === undefined || run === undefined) throw new Error('The folder holds no complete backup.');
    const lines = await this.linesOf(run);
    const begun = await this.archive.json('POST', '/restoration', { archiveID });
    this.partBytes = begun.partBytes;
    await inParallel(lines, this.parallel, async (line) => {
      if (typeof line.study === 'string') await this.putStudy(line, begun.goesOn);
      else if (typeof line.key === 'string') await this.put(line);
    });
    this.say(this.progress());
    const lost = [...new Set(this.findings.flatMap((line) => /^index\/([^/]+)\//.exec(line)?.[1] ?? []))];
    if (lost.length > 0 && !this.acceptLoss) {
      throw new Error(
        `${this.findings.join('\n')}\nWhat the index said of ${studies(lost.length)} is damaged. Their files would come back without their deletions, labels and legal holds, so the archive stays closed: ${lost.join(', ')}. With --accept-loss it is opened all the same.`,
      );
    }
    await this.rebuild();
    await this.verify();
  }

  progress() {
    return `${this.ofTotal(this.studies)}: ${counted(this.sent, 'object')} put back, ${(this.bytes / 1e6).toFixed(1)} MB`;
  }

  /** @param {number} done studies */
  ofTotal(done) {
    return this.total > 0 ? `${done} of ${studies(this.total)}` : studies(done);
  }

  /** The last run, once the chain of runs is checked. */
  async checkedRun() {
    const runs = await this.folder.runs();
    for (const [at, name] of runs.entries()) {
      let previous;
      for await (const line of this.folder.linesOfRun(name)) {
        ({ previous } = line);
        break;
      }
      const before = runs[at - 1];
      const expected = before === undefined ? null : await this.folder.digestOfRun(before);
      if (previous !== expected)
        this.findings.push(`runs/${name}  does not follow the run before: one of them was changed`);
    }
    return runs.at(-1);
  }

  /**
   * The lines of a run. In place of one that is damaged, what else the folder says, if a loss is accepted.
   * @param {string} run
   */
  async linesOf(run) {
    const studies = await this.folder.studiesOfRun(run);
    if (studies !== undefined) {
      this.total = studies;
      return this.folder.linesOfRun(run);
    }
    const finding = `runs/${run}  is damaged`;
    if (!this.acceptLoss) {
      throw new Error(
        `${finding}: it may not name all studies. Take the folder from a copy. With --accept-loss the newest state of each study that the folder has is put back.`,
      );
    }
    this.findings.push(finding);
    return this.folder.linesOfFolder();
  }

  /**
   * @param {{ study: string, snapshot: string, list: string }} line
   * @param {boolean} goesOn an earlier command has put some objects back
   */
  async putStudy(line, goesOn) {
    const { study } = line;
    const there = new Set();
    if (goesOn) {
      for (const kind of ['instances', 'metadata', 'index'])
        for await (const key of this.archive.keys(`${kind}/${study}/`)) there.add(key);
    }
    const entries = (await this.folder.lists.entries(study, line)) ?? (await this.unlisted(line));
    // The rows come last, because they name the other objects.
    const inOrder = entries.filter(({ key }) => !there.has(key)).sort((one) => (one.key.startsWith('index/') ? 1 : -1));
    for (const entry of inOrder) {
      if ('missing' in entry) this.findings.push(`${entry.key}  was missing in the archive already`);
      else await this.put(entry);
    }
    this.studies += 1;
    if (this.studies % 100 === 0) this.say(this.progress());
  }

  /**
   * The list of a study is damaged: all that the folder has of the study is put back.
   * @param {{ study: string, snapshot: string }} line
   * @returns {Promise<Entry[]>}
   */
  async unlisted({ study, snapshot }) {
    this.findings.push(`studies/${study}/${snapshot}  is damaged: all files of the study are put back unchecked`);
    const keys = new Set();
    const unfiled = await this.folder.keysUnder('unfiled/');
    let isWhole = false;
    for (const under of [`instances/${study}/`, `metadata/${study}/`, `index/${study}/${snapshot}/`]) {
      for (const key of await this.folder.keysUnder(under)) {
        const path = this.folder.pathOf(key);
        if (!(await isSound(key, path))) {
          this.findings.push(`${key}  is damaged in the backup`);
          continue;
        }
        isWhole ||= key.endsWith('-end.json.gz');
        keys.add(key);
        if (isOfRows(key)) for (const named of await unfiledOf(path, unfiled)) keys.add(named);
      }
    }
    if (!isWhole) this.findings.push(`index/${study}/${snapshot}  is missing in the backup`);
    const entries = [];
    for (const key of keys) {
      const entry = await this.folder.look(key);
      if (entry !== undefined) entries.push(entry);
    }
    return entries;
  }

  /** Puts an object back, unless the backup's copy is damaged. @param {Entry} entry */
  async put(entry) {
    const { key, byteLength, sha256 } = entry;
    const kept = await this.folder.look(key);
    if (kept === undefined) return this.findings.push(`${key}  is missing in the backup`);
    if (kept.byteLength !== byteLength)
      return this.findings.push(`${key}  has ${kept.byteLength} of ${counted(byteLength, 'byte')} in the backup`);
    if (kept.sha256 !== sha256) return this.findings.push(`${key}  is damaged in the backup`);
    const path = this.folder.pathOf(key);
    // A backup of an earlier release may have taken an empty answer for rows.
    if (!(await isSound(key, path))) return this.findings.push(`${key}  is damaged in the backup`);
    try {
      if (byteLength <= this.partBytes) await this.archive.put(key, await readFile(path));
      else await this.archive.putParts(key, createReadStream(path, { highWaterMark: this.partBytes }));
    } catch (error) {
      if (!(error instanceof RefusedError) || !OF_OBJECT.has(error.status)) throw error;
      return this.findings.push(`${key}  cannot be put back: ${error.message}`);
    }
    this.sent += 1;
    this.bytes += byteLength;
    return undefined;
  }

  async rebuild() {
    let said = '';
    for (;;) {
      const { rebuild } = await this.archive.json('POST', '/rebuild');
      const { finishedAt, phase, studies: done, storedAgain, refused, refusedFiles } = rebuild;
      const line = `index, ${phase}: ${this.ofTotal(done)}, ${counted(storedAgain, 'file')} stored again, ${refused} refused`;
      // The end of a phase may say what was said before it.
      if (line !== said) this.say(line);
      said = line;
      if (finishedAt === null) continue;
      for (const { key, reason } of refusedFiles) this.findings.push(`${key}  cannot be stored again: ${reason}`);
      return;
    }
  }

  /** Compares all that was put back with the index, digests included. */
  async verify() {
    for (;;) {
      const { verification, findings } = await this.archive.json('POST', '/verification', {});
      if (verification.finishedAt === null) continue;
      const named = new Set(this.findings.map((line) => line.split(' ')[0]));
      for (const { kind, subject } of findings)
        if (kind !== 'recent-unknown-object' && !named.has(subject)) this.findings.push(`${subject}  ${kind}`);
      this.findings = withInstances(this.findings, findings);
      return;
    }
  }
}
