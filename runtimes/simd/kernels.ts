/** The compiled kernels (assembly/), by name; all addresses are bytes in their one memory. */
export interface Kernels {
  readonly memory: WebAssembly.Memory
  /** First byte that the kernels do not use themselves. */
  heapBase(): number
  add(x: number, y: number, count: number): void
  attend(
    query: number,
    heads: number,
    pages: number,
    offset: number,
    length: number,
    mask: number,
    maskFrom: number,
    scores: number,
    out: number,
    dim: number,
    scale: number,
    queryStep: number,
  ): void
  embedFloat(weights: number, row: number, out: number, inputs: number, stride: number): void
  embedInt8(weights: number, row: number, out: number, inputs: number, stride: number): void
  packFloat(
    source: number,
    target: number,
    row: number,
    count: number,
    inputs: number,
    stride: number,
  ): void
  packHalf(
    source: number,
    target: number,
    row: number,
    count: number,
    inputs: number,
    stride: number,
  ): void
  packInt8(
    source: number,
    bits: number,
    target: number,
    corrections: number,
    row: number,
    count: number,
    blocks: number,
  ): void
  /** Only where the engine has relaxed SIMD, as `productPlanes`. */
  probeDot?(a: number, b: number): number
  productFloat(
    weights: number,
    x: number,
    inputStride: number,
    count: number,
    out: number,
    stride: number,
    rows: number,
    inputs: number,
  ): void
  productPlanes?(
    weights: number,
    corrections: number,
    planes: number,
    scales: number,
    count: number,
    out: number,
    stride: number,
    rows: number,
    blocks: number,
  ): void
  productWide(
    weights: number,
    corrections: number,
    u: number,
    scales: number,
    count: number,
    out: number,
    stride: number,
    rows: number,
    blocks: number,
    wide: number,
  ): void
  quantizePlanes(x: number, planes: number, scales: number, rows: number, width: number): void
  quantizeWide(x: number, u: number, scales: number, rows: number, width: number): void
  rmsNorm(
    x: number,
    gain: number,
    y: number,
    rows: number,
    width: number,
    stride: number,
    epsilon: number,
  ): void
  rotaryTable(
    table: number,
    positions: number,
    dim: number,
    theta: number,
    factor: number,
    frequencies: number,
  ): void
  rotate(x: number, angles: number, heads: number, dim: number): void
  storeKeyValue(page: number, slot: number, key: number, value: number, dim: number): void
  swiglu(gate: number, up: number, out: number, rows: number, width: number, stride: number): void
}

/** Starts an engine of its own: every model has its own memory, which goes with it. */
export async function startKernels(module: WebAssembly.Module): Promise<Kernels> {
  const { exports } = await WebAssembly.instantiate(module, {})
  return exports as unknown as Kernels
}
