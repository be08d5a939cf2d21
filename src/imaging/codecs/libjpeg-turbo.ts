import type { LibjpegTurbo } from './wasm/libjpeg-turbo';
import { WasmCodec } from './wasm-codec';

/** JPEG of 8 bits. */
export const libjpegTurbo = new WasmCodec<LibjpegTurbo>(async () => {
  const [glue, wasm] = await Promise.all([import('./wasm/libjpeg-turbo.js'), import('./wasm/libjpeg-turbo.wasm')]);
  return { glue: glue.default, module: wasm.default };
});
