/** The module is compiled at import, since a Worker may not compile WebAssembly at run time. */
declare module '*.wasm' {
  const module: WebAssembly.Module;
  export default module;
}
