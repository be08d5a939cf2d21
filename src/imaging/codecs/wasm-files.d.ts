/** Compiled where it is imported: a Worker may not compile. */
declare module '*.wasm' {
  const module: WebAssembly.Module;
  export default module;
}
