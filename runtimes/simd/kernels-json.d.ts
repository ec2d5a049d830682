// What the build says of the compiled kernels; declared here because a check comes before a build.
declare module '*/kernels.json' {
  const facts: Record<'kernels.wasm' | 'kernels-relaxed.wasm', { bytes: number; sha256: string }>
  export default facts
}
