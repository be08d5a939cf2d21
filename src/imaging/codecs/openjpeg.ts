import type { OpenJPEG } from './wasm/openjpeg';
import { WasmCodec } from './wasm-codec';

/** JPEG 2000, Part 1 and Part 2. */
export const openjpeg = new WasmCodec<OpenJPEG>(async () => {
  const [glue, wasm] = await Promise.all([import('./wasm/openjpeg.js'), import('./wasm/openjpeg.wasm')]);
  return { glue: glue.default, module: wasm.default };
});
