import { newKeyText } from '../../../../src/access/key-text';
import { verifyRecord } from '../../../../src/archive/audit/verify';
import { DAY } from '../../archive/sweeps';
import { sample, seenOf } from '../contents';
import { Isolate, Killed } from '../isolate';
import type { World } from '../world';
import { expectStatus, type Outcome, outcomeOfStatus, type Scenario } from './scenario';

const STUDY = '1.2.3.4';
const HOUR = 3_600_000;
const ALL = [sample(STUDY, '1.2.3.4.1', '1.2.3.4.1.1', 1), sample(STUDY, '1.2.3.4.1', '1.2.3.4.1.2', 2)];
const PATH = `/dicomweb/studies/${STUDY}`;

const ROLES = JSON.stringify({
  officer: { permissions: ['administer', 'share', 'search', 'retrieve', 'store', 'delete', 'restore', 'audit'] },
  reader: { permissions: ['search', 'retrieve'] },
});
const VARIABLES = { ROLES };

/** Keys, shares and the record of who did what. */
export const ACCESS_SCENARIOS: Readonly<Record<string, () => Scenario>> = {
  'create a key': () => {
    const given: string[] = [];
    return {
      ...unseen('create a key'),
      run: async (isolate) => {
        const response = await isolate.fetch('/keys', sent({ name: 'A reader', roles: ['reader'] }));
        if (response.status === 201) given.push(((await response.json()) as { key: string }).key);
        return outcomeOfStatus(response, 201);
      },
      check: async (world) => await refused(world, given),
    };
  },

  'renew a key': () => {
    let [id, newest] = ['', ''];
    return {
      ...unseen('renew a key'),
      prepare: async (isolate) => {
        await store(isolate);
        ({ id, key: newest } = await made(isolate, 'reader'));
      },
      run: async (isolate) => {
        const response = await isolate.fetch(`/keys/${id}/renew`, sent({ overlapHours: 1 }));
        if (response.status === 200) newest = ((await response.json()) as { key: string }).key;
        return outcomeOfStatus(response, 200);
      },
      // A renewal that was not acknowledged leaves the key before it an hour.
      check: async (world, phase) => (phase === 'end' ? [] : await refused(world, [newest])),
    };
  },

  'revoke a key': () => {
    let [id, key] = ['', ''];
    let revoked = false;
    return {
      ...unseen('revoke a key'),
      prepare: async (isolate) => {
        await store(isolate);
        ({ id, key } = await made(isolate, 'reader'));
      },
      run: async (isolate) => {
        const outcome = outcomeOfStatus(await isolate.fetch(`/keys/${id}`, { method: 'DELETE' }), 204);
        revoked ||= outcome === 'all';
        return outcome;
      },
      check: async (world) => {
        const works = (await refused(world, [key])).length === 0;
        return revoked && works ? ['a revoked key still works'] : [];
      },
    };
  },

  'share a study': () => {
    const given: string[] = [];
    return {
      ...unseen('share a study'),
      run: async (isolate) => {
        const response = await isolate.fetch(`${PATH}/shares`, sent({}));
        if (response.status === 201) given.push(((await response.json()) as { token: string }).token);
        return outcomeOfStatus(response, 201);
      },
      check: async (world, phase) => (phase === 'end' ? [] : await unopened(world, given)),
    };
  },

  'open a share': () => {
    let token = '';
    let opened = 0;
    let tried = 0;
    return {
      ...unseen('open a share'),
      prepare: async (isolate) => {
        await store(isolate);
        const response = await isolate.fetch(`${PATH}/shares`, sent({ uses: 10 }));
        token = ((await response.json()) as { token: string }).token;
      },
      run: async (isolate) => {
        tried += 1;
        const outcome = outcomeOfStatus(await isolate.fetch('/shares/open', sent({ token })), 200);
        if (outcome === 'all') opened += 1;
        return outcome;
      },
      check: async (world) => {
        const uses = await world.plain.database.prepare('SELECT uses FROM share').first<number>('uses');
        return uses! >= opened && uses! <= tried ? [] : [`${uses} uses, ${opened} of ${tried} tries opened it`];
      },
    };
  },

  'revoke a share': () => {
    let [id, token] = ['', ''];
    let revoked = false;
    return {
      ...unseen('revoke a share'),
      prepare: async (isolate) => {
        await store(isolate);
        const response = await isolate.fetch(`${PATH}/shares`, sent({}));
        ({ id, token } = (await response.json()) as { id: string; token: string });
      },
      run: async (isolate) => {
        const outcome = outcomeOfStatus(await isolate.fetch(`/shares/${id}`, { method: 'DELETE' }), 204);
        revoked ||= outcome === 'all';
        return outcome;
      },
      check: async (world) => {
        const works = (await unopened(world, [token])).length === 0;
        return revoked && works ? ['a revoked share still opens'] : [];
      },
    };
  },

  'a recorded deletion': () => {
    let key = '';
    let deleted = false;
    return {
      ...unseen('a recorded deletion'),
      after: new Map(),
      prepare: async (isolate) => {
        await store(isolate);
        ({ key } = await made(isolate, 'officer'));
      },
      run: async (isolate) => {
        const response = await isolate.fetch(PATH, { method: 'DELETE', headers: { Authorization: `Bearer ${key}` } });
        const outcome = outcomeOfStatus(response, 204, 410);
        deleted ||= outcome === 'all';
        return outcome;
      },
      check: async (world) => {
        const { record } = world.archive;
        const events = await record.find({ studyInstanceUID: STUDY, action: 'delete', limit: 10 });
        return deleted && events.length === 0 ? ['an acknowledged deletion is not in the record'] : [];
      },
    };
  },

  'seal the record': () => sealing('seal the record', {}),
  'forget old parts of the record': () => sealing('forget old parts of the record', { AUDIT_DAYS: '20' }),
};

/** The record of some requests, of which a part is sealed already. */
function sealing(name: string, variables: Record<string, string>): Scenario {
  let key = '';
  const request = async (isolate: Isolate) =>
    expectStatus(await isolate.fetch(`${PATH}/metadata`, { headers: { Authorization: `Bearer ${key}` } }), 200);
  return {
    ...unseen(name),
    variables: { ...VARIABLES, ...variables },
    prepare: async (isolate, world) => {
      await store(isolate);
      ({ key } = await made(isolate, 'officer'));
      await request(isolate);
      await world.pass(DAY);
      await isolate.hourly();
      await request(isolate);
      // The sealed part is old by then.
      await world.pass(variables.AUDIT_DAYS === undefined ? DAY : 21 * DAY);
    },
    run: async (isolate): Promise<Outcome> => {
      try {
        await isolate.hourly();
        return 'all';
      } catch (error) {
        if (error instanceof Killed) throw error;
        return 'nothing';
      }
    },
    check: async (world, phase) => {
      const { whole, brokenAt } = await verifyRecord(world.archive);
      const { results } = await world.plain.database
        .prepare('SELECT sequence FROM audit_event WHERE sequence IS NOT NULL OR started_at < ? ORDER BY sequence')
        // An event of the last minutes may still get requests.
        .bind(Date.now() - HOUR)
        .all<{ sequence: number | null }>();
      const sealed = results.flatMap(({ sequence }) => sequence ?? []);
      const inOrder = sealed.every((sequence, at) => sequence === sealed[0]! + at);
      return [
        ...(whole ? [] : [`the chain of the record is broken at ${brokenAt}`]),
        ...(inOrder ? [] : [`the sealed events are ${sealed}`]),
        ...(phase === 'fault' || sealed.length === results.length ? [] : ['events are not sealed']),
      ];
    },
  };
}

/** Work that does not change what clients see of the studies. */
function unseen(name: string): Omit<Scenario, 'run'> & { prepare: NonNullable<Scenario['prepare']> } {
  return { name, variables: VARIABLES, samples: ALL, before: seenOf(ALL), after: seenOf(ALL), prepare: store };
}

async function store(isolate: Isolate): Promise<void> {
  expectStatus(await isolate.store(ALL.map(({ file }) => file)), 200);
}

async function made(isolate: Isolate, role: string): Promise<{ id: string; key: string }> {
  const response = await isolate.fetch('/keys', sent({ name: role, roles: [role] }));
  expectStatus(response, 201);
  return await response.json();
}

/** Asks another isolate with each key. */
async function refused(world: World, keys: readonly string[]): Promise<string[]> {
  const isolate = new Isolate(world, VARIABLES);
  const findings: string[] = [];
  for (const key of keys) {
    const { status } = await isolate.fetch('/dicomweb/studies', { headers: { Authorization: `Bearer ${key}` } });
    if (status !== 200) findings.push(`a key that was given out is answered with ${status}`);
  }
  const forged = await isolate.fetch('/dicomweb/studies', { headers: { Authorization: `Bearer ${newKeyText()}` } });
  if (forged.status !== 401) findings.push(`a forged key is answered with ${forged.status}`);
  return findings;
}

/** Another isolate opens each share. */
async function unopened(world: World, tokens: readonly string[]): Promise<string[]> {
  const isolate = new Isolate(world, VARIABLES);
  const findings: string[] = [];
  for (const token of tokens) {
    const { status } = await isolate.fetch('/shares/open', sent({ token }));
    if (status !== 200) findings.push(`a share that was given out is answered with ${status}`);
  }
  return findings;
}

function sent(body: unknown): RequestInit {
  return { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
}
