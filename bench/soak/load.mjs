import { connect } from 'node:net';
import { STOW_HEADERS, stowBody } from '../../test/support/clients/stow-client.ts';
import { Client } from '../support/client.mjs';
import { partsOf } from '../support/multipart.mjs';
import { digestOf, pixelsOf } from './studies.mjs';

const JSON_TYPE = 'application/dicom+json';
const OCTETS = 'multipart/related; type="application/octet-stream"; transfer-syntax=*';
const DICOM = 'multipart/related; type="application/dicom"; transfer-syntax=*';

/** The kinds of work, and how often each is done: of 100. */
const MIX = /** @type {const} */ ([
  ['store', 22],
  ['list', 14],
  ['scroll', 20],
  ['render', 16],
  ['retrieve', 8],
  ['delete', 8],
  ['restore', 3],
  ['abandon', 9],
]);

/** @typedef {import('./studies.mjs').Study} Study */
/** @typedef {import('../support/client.mjs').Call} Call */
/** @typedef {{ below(limit: number): number }} Random */

/** One client of the mixed load. It checks every answer against what was stored. */
export class LoadClient {
  #client = new Client(1);

  /**
   * @param {string} origin @param {import('./studies.mjs').Studies} studies @param {import('./figures.mjs').Figures} figures
   * @param {Random} random
   */
  constructor(origin, studies, figures, random) {
    this.origin = origin;
    this.root = `${origin}/dicomweb/studies`;
    this.studies = studies;
    this.figures = figures;
    this.random = random;
  }

  /** Works until then. @param {number} end milliseconds since 1970 */
  async work(end) {
    while (Date.now() < end) {
      const name = chosen(this.random.below(100));
      try {
        await this[name]();
      } catch (error) {
        this.figures.fail(`${name}: ${/** @type {Error} */ (error).message}`);
      }
    }
    this.#client.close();
  }

  /** Sends a call, again while it is answered 503 with Retry-After. @param {string} kind @param {Call} call */
  async ask(kind, call) {
    for (;;) {
      const begun = performance.now();
      const answer = await this.#client.send(call, true);
      this.figures.time(kind, performance.now() - begun);
      if (answer.status !== 503 || answer.headers['retry-after'] === undefined) return answer;
      this.figures.askedAgain += 1;
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }

  /** @param {string} kind @param {string} path @param {string} Accept */
  async get(kind, path, Accept) {
    return await this.ask(kind, { url: this.root + path, headers: { Accept } });
  }

  /** @param {boolean} right @param {string} what */
  check(right, what) {
    if (!right) this.figures.fail(what);
  }

  async store() {
    const study = this.studies.make(this.random);
    const call = { url: this.root, method: 'POST', headers: STOW_HEADERS, body: stowBody(study.files) };
    const { status } = await this.ask('store', call);
    this.check(status === 200, `store: ${status}`);
    study.state = 'here';
  }

  async list() {
    const study = this.studies.oneOf('here', this.random);
    const { status, body } = await this.get('list', '?limit=101&includefield=00081030', JSON_TYPE);
    this.check(status === 200 && Array.isArray(JSON.parse(body.toString())), `list: ${status}`);
    if (study === undefined) return;
    const found = await this.get('list of one', `?StudyInstanceUID=${study.study}`, JSON_TYPE);
    const [row] = JSON.parse(found.body.toString());
    const count = row?.['00201208']?.Value?.[0];
    if (study.state === 'here')
      this.check(count === study.files.length, `list of one: ${count} of ${study.files.length}`);
  }

  async scroll() {
    const study = this.studies.oneOf('here', this.random);
    if (study === undefined) return;
    const series = `/${study.study}/series/${study.series}`;
    const metadata = await this.get('metadata', `${series}/metadata`, JSON_TYPE);
    const known = metadata.status === 200 ? JSON.parse(metadata.body.toString()).length : 0;
    if (study.state === 'here') this.check(known === study.files.length, `metadata: ${metadata.status}, ${known}`);
    for (const [at, instance] of study.instances.entries()) {
      const { status, headers, body } = await this.get('frame', `${series}/instances/${instance}/frames/1`, OCTETS);
      if (study.state !== 'here') return;
      const [frame = Buffer.alloc(0)] = status === 200 ? partsOf(headers['content-type'] ?? '', body) : [];
      this.check(frame.equals(pixelsOf(study.files[at])), `frame: ${status}, ${frame.length} bytes`);
    }
  }

  async render() {
    const study = this.studies.oneOf('here', this.random);
    if (study === undefined) return;
    const window = `window=${100 + this.random.below(2000)},${200 + this.random.below(2000)},linear`;
    const path = `/${study.study}/series/${study.series}/instances/${study.instances[0]}/rendered?${window}`;
    const { status, body } = await this.get('render', path, 'image/jpeg');
    if (study.state === 'here') this.check(status === 200 && body[0] === 0xff, `render: ${status}`);
  }

  async retrieve() {
    const study = this.studies.oneOf('here', this.random);
    if (study === undefined) return;
    const { status, headers, body } = await this.get('retrieve', `/${study.study}`, DICOM);
    if (study.state !== 'here') return;
    const files = status === 200 ? partsOf(headers['content-type'] ?? '', body) : [];
    const right = files.map(digestOf).sort().join() === study.files.map(digestOf).sort().join();
    this.check(right, `retrieve: ${status}, ${files.length} of ${study.files.length} files, or other bytes`);
  }

  async delete() {
    // Some studies stay, so that the others have something to do.
    if (this.studies.count('here') < 30) return;
    const study = this.studies.oneOf('here', this.random);
    if (study === undefined) return;
    study.state = 'deleting';
    const { status } = await this.ask('delete', { url: `${this.root}/${study.study}`, method: 'DELETE' });
    this.check(status === 204, `delete: ${status}`);
    study.state = 'deleted';
    const gone = await this.get('metadata of a deleted study', `/${study.study}/metadata`, JSON_TYPE);
    this.check(gone.status === 410 || gone.status === 404, `deleted: ${gone.status}`);
  }

  async restore() {
    const study = this.studies.oneOf('deleted', this.random);
    if (study === undefined) return;
    study.state = 'storing';
    const { status } = await this.ask('restore', { url: `${this.root}/${study.study}/restore`, method: 'POST' });
    this.check(status === 200 || status === 204, `restore: ${status}`);
    study.state = 'here';
  }

  /** Sends a request and destroys the socket a moment later. */
  async abandon() {
    const study = this.studies.oneOf('here', this.random);
    if (study === undefined) return;
    const { hostname, port, host } = new URL(this.origin);
    const path = `/dicomweb/studies/${study.study}/series/${study.series}`;
    const stores = this.random.below(2) === 0;
    const other = stores ? this.studies.make(this.random) : undefined;
    const body = other === undefined ? Buffer.alloc(0) : stowBody(other.files);
    const type = `Content-Type: ${STOW_HEADERS['Content-Type']}\r\nContent-Length: ${body.length}\r\n`;
    const head = stores
      ? `POST /dicomweb/studies HTTP/1.1\r\nHost: ${host}\r\nAccept: ${JSON_TYPE}\r\n${type}\r\n`
      : `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nAccept: ${DICOM}\r\n\r\n`;
    const part = body.subarray(0, this.random.below(body.length + 1) * 0.9);
    await new Promise((resolve) => {
      const socket = connect(Number(port), hostname, () => socket.write(Buffer.concat([Buffer.from(head), part])));
      socket.on('error', () => undefined);
      socket.on('close', resolve);
      setTimeout(
        () => (this.random.below(2) === 0 ? socket.resetAndDestroy() : socket.destroy()),
        this.random.below(150),
      );
    });
    this.figures.abandoned += 1;
    // The body was never sent whole, so nothing of it was acknowledged.
    if (other !== undefined) this.studies.forget(other);
  }
}

/** @param {number} number from 0 to 99 */
function chosen(number) {
  let below = 0;
  for (const [name, part] of MIX) {
    below += part;
    if (number < below) return name;
  }
  return 'list';
}
