// What the build says of the compiled kernels; declared here because a check comes before a build.
declare module '*/kernels.json' {
  const facts: { bytes: number; sha256: string }
  export default facts
}
