import { parts } from '../../support/dicomweb-client.mjs';
import { sha256 } from './client.mjs';
import { encoded, searchBoth, searchesFor, spread } from './queries.mjs';

/**
 * @typedef {import('./client.mjs').OrthancClient} OrthancClient
 * @typedef {Required<import('./client.mjs').Resource>} Identity
 * @typedef {{ id: string, name: string, sha256: string, identity: Identity }} Kept an instance that Orthanc took in
 * @typedef {{ title: string, cases: number, differences: string[] }} Row of the table
 */

/** Orthanc knows the archive by three names; CHUNKED sends bodies of unknown length. */
export const CHUNKED = 'chunked';
export const WHOLE = 'whole';
/** The archive's origin, for WADO-URI. */
export const ORIGIN = 'origin';

const ANY = 'transfer-syntax=*';

/**
 * Sends every study. Instances that are already there do not count as errors when they are sent again.
 * @param {OrthancClient} orthanc @param {Kept[]} kept @param {string} server
 * @returns {Promise<Row & { stored: Kept[] }>} an instance that the archive refuses is a difference, and the checks
 * that follow leave it out
 */
export async function checkStow(orthanc, kept, server) {
  const differences = [];
  const stored = [];
  for (const studies of groups([...byStudy(kept).values()])) {
    const instances = studies.flat();
    const together = await orthanc.stow(
      server,
      instances.map(({ id }) => id),
    );
    for (const instance of instances) {
      const { status, body } = together.status === 200 ? together : await orthanc.stow(server, [instance.id]);
      if (status === 200) stored.push(instance);
      else differences.push(`${instance.name}: Orthanc says ${status} ${oneLine(body)}`);
    }
  }
  return { title: `STOW, ${server} bodies`, cases: kept.length, differences, stored };
}

/** @param {OrthancClient} orthanc @param {Kept[]} kept @returns {Promise<Row>} */
export async function checkInstances(orthanc, kept) {
  const differences = [];
  for (const { name, identity, sha256: expected } of kept) {
    const single = await orthanc.get(WHOLE, pathOf(identity), `application/dicom; ${ANY}`);
    if (sha256(single.body) !== expected)
      differences.push(`${name}: ${single.status}, ${single.body.length} other bytes`);
    const multipart = await orthanc.get(WHOLE, pathOf(identity), `multipart/related; type="application/dicom"; ${ANY}`);
    const found = multipart.status === 200 ? bodiesOf(multipart) : [];
    if (found.length !== 1 || sha256(found[0] ?? Buffer.alloc(0)) !== expected) {
      differences.push(`${name}: multipart ${multipart.status}, ${found.length} parts`);
    }
  }
  return { title: 'WADO-RS instances, byte for byte', cases: kept.length * 2, differences };
}

/** @param {OrthancClient} orthanc @param {Kept[]} kept @returns {Promise<Row>} */
export async function checkMetadata(orthanc, kept) {
  const differences = [];
  const studies = byStudy(kept);
  for (const [study, instances] of studies) {
    const { status, body } = await orthanc.get(WHOLE, `/studies/${study}/metadata`, 'application/dicom+json');
    /** @type {Record<string, { Value: string[] }>[]} */
    const metadata = status === 200 ? JSON.parse(body.toString()) : [];
    const found = metadata.map((dataSet) => dataSet['00080018']?.Value[0] ?? '').sort();
    const expected = instances.map(({ identity }) => identity.Instance).sort();
    if (found.join() !== expected.join())
      differences.push(`${study}: ${status}, ${found.length} of ${expected.length}`);
  }
  return { title: 'WADO-RS metadata of studies', cases: studies.size, differences };
}

/** @param {OrthancClient} orthanc @param {Kept[]} kept @returns {Promise<Row>} */
export async function checkWadoURI(orthanc, kept) {
  const differences = [];
  for (const { name, identity, sha256: expected } of kept) {
    const query = {
      requestType: 'WADO',
      studyUID: identity.Study,
      seriesUID: identity.Series,
      objectUID: identity.Instance,
      contentType: 'application/dicom',
      transferSyntax: '*',
    };
    const { status, body } = await orthanc.get(ORIGIN, '/wado', '*/*', query);
    if (sha256(body) !== expected) differences.push(`${name}: ${status}, ${body.length} other bytes`);
  }
  return { title: 'WADO-URI, byte for byte', cases: kept.length, differences };
}

/**
 * The frames that both serve as they were stored.
 * @param {OrthancClient} orthanc
 * @param {Kept[]} kept
 * @returns {Promise<Row>}
 */
export async function checkFrames(orthanc, kept) {
  const differences = [];
  let cases = 0;
  for (const { id, name, identity } of kept) {
    const frames = await orthanc.json(`/instances/${id}/frames`);
    for (const frame of Array.isArray(frames) ? spread(frames, 3) : []) {
      const raw = await orthanc.send(`/instances/${id}/frames/${frame}/raw`);
      if (raw.status !== 200) continue;
      const uri = `${pathOf(identity)}/frames/${frame + 1}`;
      const answer = await orthanc.get(WHOLE, uri, `multipart/related; type="application/octet-stream"; ${ANY}`);
      const [found] = answer.status === 200 ? bodiesOf(answer) : [];
      cases += 1;
      if (found === undefined || !found.equals(raw.body)) {
        differences.push(
          `${name} frame ${frame + 1}: ${answer.status}, ${found?.length} bytes, Orthanc has ${raw.body.length}`,
        );
      }
    }
  }
  return { title: 'WADO-RS frames, byte for byte', cases, differences };
}

/** @param {OrthancClient} orthanc @param {Kept[]} kept @returns {Promise<Row>} */
export async function checkSearches(orthanc, kept) {
  const differences = [];
  const known = new Set(kept.flatMap(({ identity }) => [identity.Study, identity.Series, identity.Instance]));
  const studies = [];
  for (const [first] of byStudy(kept).values()) {
    if (first !== undefined) studies.push(await orthanc.json(`/instances/${first.id}/simplified-tags`));
  }
  const searches = searchesFor(studies);
  for (const asked of searches) {
    const { found, expected, error } = await searchBoth(orthanc, WHOLE, asked);
    // An archive that was not empty before has more results.
    const ours = [...new Set(found.filter((uid) => known.has(uid)))].join();
    if (error === undefined && ours === [...new Set(expected)].join()) continue;
    const what = `${asked.uri}?${encoded(asked.query)}`;
    differences.push(`${what}: ${error ?? `found ${found.length}, Orthanc finds ${expected.length}`}`);
  }
  return { title: "QIDO-RS, as Orthanc's index has it", cases: searches.length, differences };
}

/**
 * Orthanc is emptied and then fetches everything from the archive: by study, by series, by instance.
 * @param {OrthancClient} orthanc @param {Kept[]} kept @param {'Study' | 'Series' | 'Instance'} level @returns
 * {Promise<Row>}
 */
export async function checkRetrieve(orthanc, kept, level) {
  const differences = [];
  await orthanc.empty();
  /** @type {Map<string, import('./client.mjs').Resource>} */
  const resources = new Map();
  for (const { Study, Series, Instance } of kept.map(({ identity }) => identity)) {
    const resource =
      level === 'Study' ? { Study } : level === 'Series' ? { Study, Series } : { Study, Series, Instance };
    resources.set(JSON.stringify(resource), resource);
  }
  for (const some of groups([...resources.values()])) {
    const { status, body } = await orthanc.retrieve(WHOLE, some);
    if (status !== 200) differences.push(`${JSON.stringify(some)}: Orthanc says ${status} ${oneLine(body)}`);
  }
  const held = new Set(await orthanc.instances());
  for (const { id, name, sha256: expected } of kept) {
    if (!held.has(id)) differences.push(`${name}: not retrieved`);
    else if ((await orthanc.digest(id)) !== expected) differences.push(`${name}: other bytes`);
  }
  return { title: `retrieved by ${level.toLowerCase()}, byte for byte`, cases: kept.length, differences };
}

/** A missing resource is an error that Orthanc reports. @param {OrthancClient} orthanc @returns {Promise<Row>} */
export async function checkAbsent(orthanc) {
  const differences = [];
  const absent = '2.25.1';
  for (const uri of [
    `/studies/${absent}`,
    `/studies/${absent}/metadata`,
    `/studies/${absent}/series/1.2/instances/1.3`,
  ]) {
    const { status } = await orthanc.get(WHOLE, uri, '*/*');
    if (status !== 404) differences.push(`GET ${uri}: ${status}`);
  }
  const retrieved = await orthanc.retrieve(WHOLE, [{ Study: absent }]);
  if (retrieved.status === 200) differences.push(`retrieve: ${retrieved.status}`);
  return { title: 'what is not there', cases: 4, differences };
}

const LEVELS = /** @type {const} */ (['Study', 'Series', 'Instance']);

/**
 * Instances, series and studies that Orthanc deletes are not found any more. This check runs only on an archive of its
 * own.
 * @param {OrthancClient} orthanc @param {Kept[]} kept @returns {Promise<Row>}
 */
export async function checkDelete(orthanc, kept) {
  const differences = [];
  const studies = [...byStudy(kept)];
  for (const [at, [study, [first]]] of studies.entries()) {
    if (first === undefined) continue;
    const { Study, Instance } = first.identity;
    const level = LEVELS[at % LEVELS.length] ?? 'Study';
    const { status, body } = await orthanc.remove(WHOLE, level, first.identity);
    if (status !== 200) differences.push(`${level} of ${study}: Orthanc says ${status} ${oneLine(body)}`);
    const gone = await orthanc.get(WHOLE, pathOf(first.identity), '*/*');
    // Orthanc itself answers 500 when the archive answers 410.
    if (gone.status === 200) differences.push(`${first.name}: still there after its deletion`);
    const found = await orthanc.qido(WHOLE, '/instances', { StudyInstanceUID: Study, SOPInstanceUID: Instance });
    if (found.status !== 200 || JSON.parse(found.body.toString()).length > 0)
      differences.push(`${first.name}: still found`);
  }
  return { title: 'DELETE of instances, series, studies', cases: studies.length, differences };
}

/** @param {Kept[]} kept @returns {Map<string, Kept[]>} */
export function byStudy(kept) {
  return Map.groupBy(kept, ({ identity }) => identity.Study);
}

/** Number of resources that Orthanc handles in one job: each job takes it some tenths of a second. */
const TOGETHER = 10;

/** @template T @param {readonly T[]} items @returns {T[][]} */
function groups(items) {
  return Array.from({ length: Math.ceil(items.length / TOGETHER) }, (_, at) =>
    items.slice(at * TOGETHER, (at + 1) * TOGETHER),
  );
}

/** @param {Identity} identity */
function pathOf({ Study, Series, Instance }) {
  return `/studies/${Study}/series/${Series}/instances/${Instance}`;
}

/** @param {import('./client.mjs').Answer} answer @returns {Buffer[]} */
function bodiesOf({ type, body }) {
  return parts({ headers: new Headers({ 'Content-Type': type }), body }).map((part) => part.body);
}

/** @param {Buffer} body */
function oneLine(body) {
  return body.toString().replaceAll(/\s+/g, ' ').slice(0, 300);
}
