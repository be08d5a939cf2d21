import { describe, expect, it } from 'vitest';
import type { DicomJson } from '../../../src/dicom/json/json-model';
import { create, ROLES } from '../../support/access/key-deployment';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient, multipart, partsOf } from '../../support/clients/archive-client';
import { item, ofInstances, PATH, post, sha256 } from '../../support/clients/commitment-data-sets';
import { closeSession, newSession, uploadAtOnce } from '../../support/clients/upload-client';
import { slice } from '../../support/files/samples';
import { seededRandom } from '../../support/seeded-random';

/* A sender that may only store, and a study that it cannot see: every answer is that of a study of its own. */

withArchive();

const HIDDEN = '1.2.3.4';
const OWN = '1.2.3.5';
const SOPS = ['1', '2'];
const CONTENTS = [0, 1, 2];

interface Sent {
  readonly sop: string;
  readonly content: number;
  readonly patient: string;
}

const EVERYTHING: readonly Sent[] = SOPS.flatMap((sop) =>
  CONTENTS.flatMap((content) => ['A', 'B'].map((patient) => ({ sop, content, patient }))),
);
const nameOf = ({ sop, content, patient }: Sent) => `${patient}${content} of ${sop}`;
const uidOf = (study: string, sop: string) => `${study}.1.${sop}`;
const fileOf = (study: string, { sop, content, patient }: Sent) =>
  slice({
    study,
    series: `${study}.1`,
    sop: uidOf(study, sop),
    seed: content + 1,
    elements: [[0x00100020, 'LO', patient]],
  });

/** A deployment, and a key that may store and sees only the studies that it began. */
async function deployment(DUPLICATES: string) {
  const roles = { ...JSON.parse(ROLES), own: { permissions: ['store'], studies: { own: true } } };
  const whole = archiveClient({ DUPLICATES, ROLES: JSON.stringify(roles) });
  const closed = archiveClient(
    { DUPLICATES, ROLES: JSON.stringify(roles), ALLOW_ANONYMOUS: '' },
    undefined,
    whole.prefix,
  );
  const { key } = await create(whole, { name: 'Modality', roles: ['own'] });
  const sender = {
    fetch: (path: string, init: RequestInit = {}) =>
      closed.fetch(path, { ...init, headers: { ...init.headers, Authorization: `Bearer ${key}` } }),
  };
  return { whole, sender };
}

/** What a sender does in a study, and is told, with names in place of UIDs and digests. */
async function senderIn(study: string, { fetch }: Pick<ArchiveClient, 'fetch'>) {
  const digests = new Map<string, string>();
  for (const one of EVERYTHING) digests.set(await sha256(fileOf(study, one)), nameOf(one));
  const named = (text: string) =>
    [...digests].reduce((told, [digest, name]) => told.replaceAll(digest, name), text.replaceAll(study, 'STUDY'));
  let transactions = 0;
  return {
    async store(files: readonly Sent[]) {
      const { headers, body } = multipart(files.map((one) => fileOf(study, one)));
      const response = await fetch('/dicomweb/studies', { method: 'POST', headers, body });
      return [response.status, response.headers.get('Warning'), named(await response.text())];
    },
    async upload(file: Sent) {
      const session = await newSession({ fetch });
      const upload = await uploadAtOnce({ fetch }, fileOf(study, file), session);
      const closed = await closeSession({ fetch }, session);
      const shown = (await (await fetch(upload.headers.get('Location')!)).json()) as { results: unknown };
      return [closed.status, named(await closed.text()), named(JSON.stringify(shown.results))];
    },
    /** The contents that need not be sent again, and those that are committed. */
    async held() {
      const asked = [...digests].flatMap(([sha256, name]) =>
        SOPS.filter((sop) => name.endsWith(` of ${sop}`)).map((sop) => ({ sopInstanceUID: uidOf(study, sop), sha256 })),
      );
      const session = await newSession({ fetch });
      const body = JSON.stringify(asked);
      const headers = { 'Content-Type': 'application/json' };
      const known = await fetch(`/dicomweb/upload-sessions/${session}/known`, { method: 'POST', headers, body });
      transactions += 1;
      const wanted = ofInstances(...SOPS.map((sop) => item(uidOf(study, sop))));
      const answer = await fetch(`${PATH}2.25.${study.at(-1)}${transactions}`, post(JSON.stringify(wanted)));
      const committed = ((await answer.json()) as DicomJson)['00081199']?.Value ?? [];
      return {
        known: ((await known.json()) as { sha256: string }[]).map(({ sha256 }) => digests.get(sha256)!).sort(),
        committed: committed.map((one) => digests.get((one as DicomJson)['00091001']?.Value?.[0] as string)!).sort(),
      };
    },
  };
}

/** Content that counts under each UID once these were stored, by name. */
function heldAfter(files: readonly Sent[], policy: string): string[] {
  const held = new Map<string, string>();
  for (const one of files) if (policy === 'replace' || !held.has(one.sop)) held.set(one.sop, nameOf(one));
  return [...held.values()].sort();
}

describe.each(['reject', 'keep', 'replace'])(
  'random stores of few contents under the same UIDs (DUPLICATES=%s)',
  (policy) => {
    it.each([1, 2])('are answered as in a study of its own, and hold the same (seed %i)', async (seed) => {
      const random = seededRandom(seed);
      const { whole, sender } = await deployment(policy);
      await whole.store([slice({ study: HIDDEN, series: `${HIDDEN}.1`, sop: `${HIDDEN}.9` })]);
      const hidden = await senderIn(HIDDEN, sender);
      const own = await senderIn(OWN, sender);
      const sent: Sent[] = [];
      for (let step = 0; step < 8; step += 1) {
        const files = Array.from({ length: 1 + random.below(3) }, () => random.pick(EVERYTHING));
        const uploads = random.below(4) === 0;
        const act = (study: typeof own) => (uploads ? study.upload(files[0]!) : study.store(files));
        sent.push(...(uploads ? files.slice(0, 1) : files));
        const told = JSON.stringify(sent.map(nameOf));
        expect(await act(hidden), told).toEqual(await act(own));
        if (step % 2 === 0) continue;
        const held = heldAfter(sent, policy);
        expect(await hidden.held(), told).toEqual({ known: held, committed: held });
        expect(await own.held(), told).toEqual({ known: held, committed: held });
      }
      expect(await whole.json(`/dicomweb/studies/${HIDDEN}/instances`)).toHaveLength(1);
    });
  },
);

it('the last content that was acknowledged is the one that comes back (DUPLICATES=replace)', async () => {
  const { whole, sender } = await deployment('replace');
  await whole.store([slice({ study: HIDDEN, series: `${HIDDEN}.1`, sop: `${HIDDEN}.9` })]);
  const hidden = await senderIn(HIDDEN, sender);
  const content = (at: number): Sent => ({ sop: '1', content: at, patient: 'A' });
  for (const at of [0, 1, 0, 2, 0]) expect((await hidden.store([content(at)]))[0]).toBe(200);
  const path = `/dicomweb/studies/${HIDDEN}/series/${HIDDEN}.1/instances/${uidOf(HIDDEN, '1')}`;
  expect((await whole.fetch(`${path}/restore`, { method: 'POST' })).status).toBe(204);
  expect((await partsOf(await whole.fetch(path)))[0]?.body).toEqual(fileOf(HIDDEN, content(0)));
});
