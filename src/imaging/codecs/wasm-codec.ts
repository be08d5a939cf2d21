import { CodecError } from '../codec';
import { COPIED_BYTES, IDLE_BYTES } from './codec-memory';

/** The object that is passed to Emscripten's glue, which adds the classes of its codec to it. */
export interface GlueTarget {
  instantiateWasm(
    imports: WebAssembly.Imports,
    receive: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void,
  ): WebAssembly.Exports;
  print(text: string): void;
  printErr(text: string): void;
}

/** Adds the classes to its target before it returns, provided that `instantiateWasm` calls `receive` synchronously. */
export type Glue<Classes> = (target: GlueTarget & Partial<Classes>) => unknown;

/** The glue and the module of a codec. */
export interface WasmParts<Classes> {
  readonly glue: Glue<Classes>;
  readonly module: WebAssembly.Module;
}

interface Instance<Classes> {
  readonly classes: Classes;
  readonly memory: WebAssembly.Memory;
  /** Whether the memory had to grow and could not. */
  refused: boolean;
  /** What the codec printed during the last work. */
  readonly printed: string[];
}

/** Gives bytes in the codec's memory to the caller, who may keep them. */
export type Take = (view: Uint8Array | Uint8ClampedArray) => Uint8Array;

/** The codecs that have an instance; the least recently used comes first. */
const live = new Set<WasmCodec<unknown>>();

/** Bytes of WebAssembly memory that codecs hold now. */
export function heldBytes(): number {
  return [...live].reduce((sum, codec) => sum + codec.heldBytes, 0);
}

/**
 * A codec in WebAssembly. It is loaded when first needed, and kept for the next frame while that costs little memory.
 */
export class WasmCodec<Classes> {
  #instance: Instance<Classes> | undefined;
  /**
   * An instance that was released and may not have been collected yet. The runtime does not know that this is urgent:
   * after thirty images of 4096 by 4096 pixels, thirty such memories would remain.
   */
  #left: WeakRef<Instance<Classes>> | undefined;

  /**
   * @param load imports the glue and the module; the runtime caches both
   * @param failed what the codec prints when it fails: a glue may catch the error, print it, and return unfinished samples
   */
  constructor(
    private readonly load: () => Promise<WasmParts<Classes>>,
    private readonly failed?: RegExp,
  ) {}

  /** Bytes of WebAssembly memory that this codec holds now. */
  get heldBytes(): number {
    return this.#instance?.memory.buffer.byteLength ?? 0;
  }

  /**
   * Runs synchronous work on the instance, so that frames of other requests cannot interfere. The work must not keep
   * anything of the instance except the bytes that `take` returned.
   * @throws CodecError; any other error of the codec is turned into one, and the instance is dropped
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
      instance.printed.length = 0;
      const result = work(instance.classes, (view) => this.#take(view));
      if (this.failed !== undefined && instance.printed.some((text) => this.failed!.test(text))) {
        throw new CodecError('malformed', 'the codec failed on the image');
      }
      return result;
    } catch (fault) {
      // After an abort the instance is unusable, and after a C++ exception its memory has leaked.
      this.#drop();
      if (instance === undefined || instance.refused) {
        throw new CodecError('too-large', 'the image needs more memory than is available');
      }
      throw fault instanceof CodecError ? fault : new CodecError('malformed', 'the codec failed on the image');
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

  /** When this codec takes as much memory as all codecs together may keep, the others must release theirs. */
  #leaveOthers(): void {
    for (const codec of live) if (codec !== this) codec.#leave();
  }

  #leave(): void {
    const instance = this.#instance;
    this.#drop();
    if (instance !== undefined) this.#left = new WeakRef(instance);
  }

  /** Releases the instance: it is broken, or its memory belongs to a result. */
  #drop(): void {
    this.#instance = undefined;
    this.#left = undefined;
    live.delete(this);
  }
}

function instantiate<Classes>({ glue, module }: WasmParts<Classes>, makeRoom: () => void): Instance<Classes> {
  let memory: WebAssembly.Memory | undefined;
  const printed: string[] = [];
  // A broken image may give a message for each of its code-blocks. The first ones are enough.
  const keep = (text: string): void => {
    if (printed.length < 100) printed.push(text);
  };
  const target: GlueTarget = {
    instantiateWasm(imports, receive) {
      const instance = new WebAssembly.Instance(module, imports);
      memory = Object.values(instance.exports).find((value) => value instanceof WebAssembly.Memory);
      receive(instance, module);
      return instance.exports;
    },
    print: keep,
    printErr: keep,
  };
  glue(target as GlueTarget & Partial<Classes>);
  if (memory === undefined) throw new TypeError('the codec exports no memory');
  const made: Instance<Classes> = { classes: target as GlueTarget & Classes, memory, refused: false, printed };
  watchGrowth(made, makeRoom);
  return made;
}

/** Bytes of a page of WebAssembly memory. */
const PAGE = 64 * 1024;

/** Detects that memory is full. The glue's errors do not distinguish this from other faults. */
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
