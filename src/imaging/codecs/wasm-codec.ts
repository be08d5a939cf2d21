import { CodecError } from '../codec';
import { COPIED_BYTES, IDLE_BYTES } from './memory-budget';

/** What Emscripten's glue is given, and fills with the classes of its codec. */
export interface GlueTarget {
  instantiateWasm(
    imports: WebAssembly.Imports,
    receive: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void,
  ): WebAssembly.Exports;
  print(text: string): void;
  printErr(text: string): void;
}

/** Fills its target before it returns, as long as `instantiateWasm` calls `receive` at once. */
export type Glue<Classes> = (target: GlueTarget & Partial<Classes>) => unknown;

export interface WasmParts<Classes> {
  readonly glue: Glue<Classes>;
  readonly module: WebAssembly.Module;
}

interface Instance<Classes> {
  readonly classes: Classes;
  readonly memory: WebAssembly.Memory;
  /** Whether it was to grow and could not. */
  refused: boolean;
}

/** Makes bytes of the codec's memory the caller's own. */
export type Take = (view: Uint8Array | Uint8ClampedArray) => Uint8Array;

/** The codecs that have an instance, the one longest unused first. */
const live = new Set<WasmCodec<unknown>>();

/** Bytes of WebAssembly memory that codecs hold now. */
export function heldBytes(): number {
  return [...live].reduce((sum, codec) => sum + codec.heldBytes, 0);
}

/** A codec in WebAssembly: loaded when first needed, kept for the next frame while that is cheap. */
export class WasmCodec<Classes> {
  #instance: Instance<Classes> | undefined;
  /**
   * An instance that was let go of and has not been collected yet. Nothing tells the runtime to hurry: thirty images of
   * 4096 by 4096 pixels one after the other would leave behind as many memories.
   */
  #left: WeakRef<Instance<Classes>> | undefined;

  /** @param load imports the glue and the module; the runtime keeps both */
  constructor(private readonly load: () => Promise<WasmParts<Classes>>) {}

  get heldBytes(): number {
    return this.#instance?.memory.buffer.byteLength ?? 0;
  }

  /**
   * Does work that keeps nothing of the instance but what it was given by `take`. It is done without a pause, so that
   * frames of other requests cannot come in between.
   * @throws CodecError; whatever else the codec throws becomes one, and its instance is dropped
   */
  async run<Result>(work: (classes: Classes, take: Take) => Result): Promise<Result> {
    const parts = await this.load();
    let instance: Instance<Classes> | undefined;
    try {
      instance = this.#instance ?? this.#left?.deref() ?? instantiate(parts, () => this.#leaveOthers());
      this.#instance = instance;
      if (this.heldBytes > IDLE_BYTES) this.#leaveOthers();
      live.delete(this);
      live.add(this);
      return work(instance.classes, (view) => this.#take(view));
    } catch (fault) {
      // An abort leaves it unusable, and C++ exceptions leave behind what they had taken.
      this.#drop();
      if (instance === undefined || instance.refused) {
        throw new CodecError('too-large', 'the image needs more memory than there is');
      }
      throw fault instanceof CodecError ? fault : new CodecError('malformed', 'the codec gave up on the image');
    } finally {
      this.#shrink();
    }
  }

  #take(view: Uint8Array | Uint8ClampedArray): Uint8Array {
    if (this.heldBytes + view.byteLength <= COPIED_BYTES) return new Uint8Array(view);
    this.#drop();
    return new Uint8Array(view.buffer, view.byteOffset, view.byteLength) as Uint8Array<ArrayBuffer>;
  }

  #shrink(): void {
    if (this.heldBytes > IDLE_BYTES) this.#leave();
    for (const codec of live) {
      if (heldBytes() <= IDLE_BYTES) break;
      codec.#leave();
    }
  }

  /** What takes as much as all may keep needs the room of the others. */
  #leaveOthers(): void {
    for (const codec of live) if (codec !== this) codec.#leave();
  }

  #leave(): void {
    const instance = this.#instance;
    this.#drop();
    if (instance !== undefined) this.#left = new WeakRef(instance);
  }

  /** For good: it is broken, or its memory is somebody's. */
  #drop(): void {
    this.#instance = undefined;
    this.#left = undefined;
    live.delete(this);
  }
}

function instantiate<Classes>({ glue, module }: WasmParts<Classes>, makeRoom: () => void): Instance<Classes> {
  let memory: WebAssembly.Memory | undefined;
  const silent = (): void => {};
  const target: GlueTarget = {
    instantiateWasm(imports, receive) {
      const instance = new WebAssembly.Instance(module, imports);
      memory = Object.values(instance.exports).find((value) => value instanceof WebAssembly.Memory);
      receive(instance, module);
      return instance.exports;
    },
    print: silent,
    printErr: silent,
  };
  glue(target as GlueTarget & Partial<Classes>);
  if (memory === undefined) throw new TypeError('the codec exports no memory');
  const made: Instance<Classes> = { classes: target as GlueTarget & Classes, memory, refused: false };
  watchGrowth(made, makeRoom);
  return made;
}

/** Of WebAssembly. */
const PAGE = 64 * 1024;

/** The glue tells a full memory from other faults by nothing that comes out of it. */
function watchGrowth(instance: Instance<unknown>, makeRoom: () => void): void {
  const { memory } = instance;
  const grow = memory.grow.bind(memory);
  memory.grow = (pages) => {
    if (memory.buffer.byteLength + pages * PAGE > IDLE_BYTES) makeRoom();
    try {
      const before = grow(pages);
      instance.refused = false;
      return before;
    } catch (fault) {
      instance.refused = true;
      throw fault;
    }
  };
}
