import { type D1Migration, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { silentQueue } from '../platform/bindings';
import { nearBucket } from '../platform/near-bucket';
import { nearDatabase } from '../platform/near-database';
import { World } from './world';

/** Runs `work` with a deployment whose database and bucket are in this isolate: there a point takes a third of the time. */
export async function inNearWorld(work: (world: World) => Promise<void>): Promise<void> {
  const { NEAR, MIGRATIONS } = env as unknown as { NEAR: DurableObjectNamespace; MIGRATIONS: D1Migration[] };
  await runInDurableObject(NEAR.getByName(crypto.randomUUID()), async (_, { storage }) => {
    for (const { queries } of MIGRATIONS) for (const query of queries) storage.sql.exec(query);
    await work(new World({ database: nearDatabase(storage), bucket: nearBucket(), queue: silentQueue }));
  });
}
