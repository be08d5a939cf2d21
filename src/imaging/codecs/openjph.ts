import type { OpenJPH } from './wasm/openjph';
import { WasmCodec } from './wasm-codec';

/**
 * High-Throughput JPEG 2000. Its glue catches the errors of OpenJPH and returns what is decoded so far, mostly zeros.
 */
export const openjph = new WasmCodec<OpenJPH>(async () => {
  const [glue, wasm] = await Promise.all([import('./wasm/openjph.js'), import('./wasm/openjph.wasm')]);
  return { glue: glue.default, module: wasm.default };
}, /\bojph error\b/);
