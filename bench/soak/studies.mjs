import { createHash } from 'node:crypto';
import { nativeImage, uidOf } from '../../test/support/files/synthetic.ts';

/** @typedef {{ study: string, series: string, instances: string[], files: Buffer[], state: 'storing' | 'here' | 'deleting' | 'deleted' }} Study */

/** Samples of one image in each direction. */
const SIDE = 128;
/** The longest series. */
const MOST_SLICES = 8;
/** Bytes of the pixels of one image. */
const FRAME_BYTES = SIDE * SIDE * 2;

/** The studies that the load has stored, and what it knows of them. */
export class Studies {
  /** @type {Study[]} */
  #all = [];
  #made = 0;

  /** Makes a study that nobody has stored yet. @param {{ below(limit: number): number }} random @returns {Study} */
  make(random) {
    this.#made += 1;
    const name = `soak ${this.#made}`;
    const [study, series] = [uidOf(name), uidOf(`${name} series`)];
    const instances = Array.from({ length: 1 + random.below(MOST_SLICES) }, (_, at) => uidOf(`${name} ${at}`));
    const files = instances.map((instance, at) =>
      nativeImage({ study, series, instance, number: at + 1, rows: SIDE, columns: SIDE, patientID: name }),
    );
    /** @type {Study} */
    const made = { study, series, instances, files, state: 'storing' };
    this.#all.push(made);
    return made;
  }

  /** One of the studies in a state. @param {Study['state']} state @param {{ below(limit: number): number }} random */
  oneOf(state, random) {
    const some = this.#all.filter((each) => each.state === state);
    return some[random.below(some.length)];
  }

  /** @param {Study['state']} state */
  count(state) {
    return this.#all.filter((each) => each.state === state).length;
  }

  /** Forgets a study whose store was cut off. @param {Study} study */
  forget(study) {
    this.#all = this.#all.filter((each) => each !== study);
  }
}

/** The pixels of a file: its last bytes. @param {Buffer | undefined} file */
export function pixelsOf(file) {
  return file?.subarray(-FRAME_BYTES) ?? Buffer.alloc(0);
}

/** @param {Uint8Array} bytes */
export function digestOf(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}
