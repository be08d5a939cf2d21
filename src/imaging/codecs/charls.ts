import type { CharLS } from './wasm/charls';
import { WasmCodec } from './wasm-codec';

/** JPEG-LS. */
export const charls = new WasmCodec<CharLS>(async () => {
  const [glue, wasm] = await Promise.all([import('./wasm/charls.js'), import('./wasm/charls.wasm')]);
  return { glue: glue.default, module: wasm.default };
});
