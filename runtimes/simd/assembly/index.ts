/**
 * The engine's kernels: everything that touches a weight or an activation. They work on raw addresses in one memory; who
 * owns which bytes is decided in TypeScript (arena.ts), and the order of a forward pass is written there too (llama.ts).
 *
 * Every float operation has a fixed order that depends neither on how many rows are computed at once nor on the engine,
 * so a row's bits are the same in decoding and prefill, in Node, workerd and browsers.
 */
export { attend, storeKeyValue } from './attention'
export { add, swiglu } from './elementwise'
export { embedFloat, embedInt8 } from './embedding'
export { productFloat } from './float-product'
export { packFloat, packHalf, packInt8 } from './pack'
export { quantizePlanes, quantizeWide } from './quantize'
export { rmsNorm } from './rms-norm'
export { rotaryTable, rotate } from './rotary'
export { productWide } from './wide-product'

/** First address that is not taken by the kernels' own constants. */
export function heapBase(): usize {
  return __heap_base
}
