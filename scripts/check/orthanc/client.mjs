import { createHash } from 'node:crypto';

/** A request without an answer after this time counts as a hang. */
const PATIENCE_MS = 120_000;

/**
 * @typedef {{ status: number, type: string, body: Buffer }} Answer
 * @typedef {{ Study: string, Series?: string, Instance?: string }} Resource
 */

/** Orthanc as a DICOMweb client of another server; its REST API starts these operations. */
export class OrthancClient {
  #origin;

  /** @param {string} origin of Orthanc's REST API */
  constructor(origin) {
    this.#origin = origin;
  }

  /**
   * @param {Buffer} file
   * @returns {Promise<string | undefined>} Orthanc's name for the instance; none if it refuses it or has it
   */
  async upload(file) {
    const { status, body } = await this.send('/instances', { method: 'POST', body: new Uint8Array(file) });
    if (status !== 200) return undefined;
    const { ID, Status } = JSON.parse(body.toString());
    return Status === 'Success' ? ID : undefined;
  }

  /** @returns {Promise<string[]>} */
  async instances() {
    return await this.json('/instances');
  }

  /** @param {string} instance @returns {Promise<string>} SHA-256 of the Part 10 file it keeps */
  async digest(instance) {
    return sha256((await this.send(`/instances/${instance}/file`)).body);
  }

  /** @param {string} instance @returns {Promise<Required<Resource>>} */
  async identity(instance) {
    const tags = await this.json(`/instances/${instance}/simplified-tags`);
    return { Study: tags.StudyInstanceUID, Series: tags.SeriesInstanceUID, Instance: tags.SOPInstanceUID };
  }

  /** @param {string} instance */
  async forget(instance) {
    await this.send(`/instances/${instance}`, { method: 'DELETE' });
  }

  async empty() {
    for (const patient of await this.json('/patients')) await this.send(`/patients/${patient}`, { method: 'DELETE' });
  }

  /** @param {string} server @param {string[]} instances */
  stow(server, instances) {
    return this.#ask(server, 'stow', { Resources: instances, Synchronous: true });
  }

  /** @param {string} server @param {Resource[]} resources */
  retrieve(server, resources) {
    return this.#ask(server, 'retrieve', { Resources: resources, Synchronous: true });
  }

  /** @param {string} server @param {string} uri @param {Record<string, string>} query */
  qido(server, uri, query) {
    return this.#ask(server, 'qido', { Uri: uri, Arguments: query });
  }

  /** @param {string} server @param {string} uri @param {string} accept @param {Record<string, string>} [query] */
  get(server, uri, accept, query = {}) {
    return this.#ask(server, 'get', { Uri: uri, Arguments: query, HttpHeaders: { Accept: accept } });
  }

  /** @param {string} server @param {'Study' | 'Series' | 'Instance'} level @param {Required<Resource>} resource */
  remove(server, level, { Study, Series, Instance }) {
    return this.#ask(server, 'delete', {
      Level: level,
      StudyInstanceUID: Study,
      ...(level === 'Study' ? {} : { SeriesInstanceUID: Series }),
      ...(level === 'Instance' ? { SOPInstanceUID: Instance } : {}),
    });
  }

  /** @param {string} path */
  async json(path) {
    return JSON.parse(
      (await this.send(path, { headers: { Accept: 'application/dicom+json, application/json' } })).body.toString(),
    );
  }

  /** @param {string} path @param {RequestInit} [init] @returns {Promise<Answer>} */
  async send(path, init = {}) {
    const response = await fetch(this.#origin + path, { ...init, signal: AbortSignal.timeout(PATIENCE_MS) });
    const body = Buffer.from(await response.arrayBuffer());
    return { status: response.status, type: response.headers.get('Content-Type') ?? '', body };
  }

  /** @param {string} server @param {string} action @param {object} request */
  #ask(server, action, request) {
    const body = JSON.stringify(request);
    return this.send(`/dicom-web/servers/${server}/${action}`, { method: 'POST', body });
  }
}

/** @param {Uint8Array} bytes */
export function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}
