// Bundlers for workerd turn the import of a .wasm file into a compiled module.
declare module '*.wasm' {
  const module: WebAssembly.Module
  export default module
}
