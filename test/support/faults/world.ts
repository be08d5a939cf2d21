import type { QueueMessage } from '../../../src/archive/background-messages';
import type { Archive } from '../../../src/archive/ports';
import { type ArchiveBindings, openArchive } from '../../../src/storage/open-archive';
import { plainBindings } from '../platform/bindings';
import { forgetValues } from '../platform/limited-database';
import { withinLimits } from '../platform/production-limits';
import { replacing } from '../platform/replacing';
import { advance } from './clock';

const HOUR = 3_600_000;

/** A message that waits in the queue, with the number of times that it was delivered. */
interface Queued {
  readonly body: QueueMessage;
  attempts: number;
}

/**
 * One deployment's bucket, database and queue in the real runtime. Its isolates come and go. R2's times of upload follow
 * the clock of the test.
 */
export class World {
  /** Its own: R2 takes one write a second for a key, and the clock of another test may have been ahead. */
  readonly name = `world-${crypto.randomUUID().slice(0, 8)}`;
  /** Within production's limits. */
  readonly bindings: ArchiveBindings;
  readonly queue: Queued[] = [];
  private readonly uploaded = new Map<string, number>();
  private identity: Identity | undefined;

  /** @param plain without limits, for the checks */
  constructor(readonly plain = plainBindings()) {
    const limited = withinLimits(this.plain);
    this.bindings = { ...limited, bucket: this.dated(limited.bucket), queue: this.listed(limited.queue) };
  }

  /** The archive, for checks and preparations in which nothing fails. */
  get archive(): Archive {
    return openArchive(this.name, this.bindings);
  }

  /** Time passes. The hourly runs of that time found nothing to do: their reports are noted. */
  async pass(ms: number): Promise<void> {
    advance(ms);
    const ranAt = Date.now() - HOUR / 2;
    await this.archive.sweeps.keepReport({ ranAt, deleted: { queued: 0, purged: 0, orphans: 0 } });
  }

  /** The keys of the archive's objects, without those that tell of the archive itself. */
  async keys(): Promise<string[]> {
    const found: string[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await this.plain.bucket.list({ prefix: `${this.name}/`, ...(cursor ? { cursor } : {}) });
      found.push(...page.objects.map(({ key }) => key.slice(this.name.length + 1)));
      if (!page.truncated) return found.filter((key) => !OWN_KEYS.includes(key));
      cursor = page.cursor;
    }
  }

  /** Empties the archive. It keeps the id that it had when it was emptied first, or gets it back. */
  async clear(): Promise<void> {
    const { database, bucket } = this.plain;
    this.identity ??= await this.readIdentity();
    const { columns, values, archiveID } = this.identity;
    await database.batch(
      [
        ...FIRST.map((name) => `DELETE FROM ${name}`),
        ...(await filledOf(database)).map((name) => `DELETE FROM ${name}`),
        'DELETE FROM changed_study',
        'DELETE FROM removed_study',
        'UPDATE archive_total SET study = 0, series = 0, instance = 0, byte_length = 0, removal = 0, removal_byte_length = 0',
        'DELETE FROM archive_identity',
        // Two runs of the same work give their rows the same ids.
        'DELETE FROM sqlite_sequence',
      ]
        .map((sql) => database.prepare(sql))
        .concat(
          database
            .prepare(`INSERT INTO archive_identity (${columns}) VALUES (${values.map(() => '?').join(', ')})`)
            .bind(...values),
        ),
    );
    const keys = [...(await this.keys()), ...OWN_KEYS.slice(1)];
    for (let at = 0; at < keys.length; at += 1000)
      await bucket.delete(keys.slice(at, at + 1000).map((key) => `${this.name}/${key}`));
    if ((await this.readArchiveID()) !== archiveID) await bucket.put(`${this.name}/archive-id`, archiveID);
    this.queue.length = 0;
    this.uploaded.clear();
    forgetValues();
  }

  /** All rows, by their table. */
  async allRows(): Promise<ReadonlyMap<string, readonly Record<string, unknown>[]>> {
    const { database } = this.plain;
    const names = [...(await filledOf(database)), ...KEPT];
    const results = await database.batch<Record<string, unknown>>(
      names.map((name) => database.prepare(`SELECT * FROM ${name}`)),
    );
    return new Map(names.map((name, at) => [name, results[at]!.results]));
  }

  private async readIdentity(): Promise<Identity> {
    const row = await this.plain.database.prepare('SELECT * FROM archive_identity').first();
    const archiveID = await this.readArchiveID();
    if (row === null || archiveID === undefined) throw new Error('the archive has not begun');
    return { columns: Object.keys(row).join(', '), values: Object.values(row), archiveID };
  }

  private async readArchiveID(): Promise<string | undefined> {
    return await (await this.plain.bucket.get(`${this.name}/archive-id`))?.text();
  }

  private dated(bucket: R2Bucket): R2Bucket {
    const note = <T>(key: string, written: T): T => {
      this.uploaded.set(key, Date.now());
      return written;
    };
    const upload = (of: R2MultipartUpload) =>
      replacing(of, {
        complete: async (parts: R2UploadedPart[]) => note(of.key, await of.complete(parts)),
      });
    return replacing(bucket, {
      put: async (...of: Parameters<R2Bucket['put']>) => note(of[0], await bucket.put(...of)),
      createMultipartUpload: async (...of: Parameters<R2Bucket['createMultipartUpload']>) =>
        upload(await bucket.createMultipartUpload(...of)),
      list: async (options?: R2ListOptions) => {
        const page = await bucket.list(options);
        const objects = page.objects.map((object) =>
          replacing(object, { uploaded: new Date(this.uploaded.get(object.key) ?? object.uploaded) }),
        );
        return { ...page, objects };
      },
    });
  }

  private listed(queue: Queue): Queue {
    const take = (messages: Iterable<MessageSendRequest<QueueMessage>>) => {
      for (const { body } of messages) this.queue.push({ body, attempts: 1 });
    };
    return replacing(queue, {
      sendBatch: async (messages: Iterable<MessageSendRequest<QueueMessage>>) => {
        const some = [...messages];
        await queue.sendBatch(some);
        take(some);
      },
    });
  }
}

/** What says in the index and in the bucket to which archive they belong. */
interface Identity {
  readonly columns: string;
  readonly values: readonly unknown[];
  readonly archiveID: string;
}

const OWN_KEYS = ['archive-id', 'index-moment', 'deidentification-key', 'share-deidentification-key'];

/**
 * The tables to be emptied first, in this order: those that prevent a deletion or whose triggers note it, and those of which
 * others are part. With `PRAGMA defer_foreign_keys` any order would do, but after it SQLite compiles every statement again.
 */
const FIRST = [
  ...['legal_hold', 'removal', 'upload_part', 'upload_object', 'upload_result'],
  ...['series_sender', 'instance', 'metadata_segment', 'series_sop_class', 'request_attribute', 'series', 'study'],
];

/** Tables that say to which archive the database belongs, and what it holds in all. */
const KEPT = ['archive_identity', 'archive_total'];

/** The tables to be emptied that have rows. A deletion from all of them has many triggers to look at. */
async function filledOf(database: D1Database): Promise<readonly string[]> {
  const looks = (await tablesOf(database)).map((name) =>
    database.prepare(`SELECT '${name}' AS name WHERE EXISTS (SELECT 1 FROM ${name})`),
  );
  return (await database.batch<{ name: string }>(looks)).flatMap(({ results }) => results.map(({ name }) => name));
}

let known: readonly string[] | undefined;

async function tablesOf(database: D1Database): Promise<readonly string[]> {
  known ??= (
    await database
      .prepare(
        `SELECT name FROM sqlite_master
        WHERE type = 'table' AND name NOT GLOB 'sqlite_*' AND name NOT GLOB '_cf_*' AND name NOT GLOB 'd1_*'`,
      )
      .all<{ name: string }>()
  ).results
    .map(({ name }) => name)
    .filter((name) => !KEPT.includes(name));
  return known;
}
