import kernels from '../../dist/engine/kernels-relaxed.wasm'
import { noStore } from '../files/part-store.ts'
import type { LoadOptions } from '../loaded-model.ts'
import type { Place } from './load-gguf.ts'

/**
 * Our kernels in an edge worker, compiled with it: workerd compiles no WebAssembly at run time,
 * and has relaxed SIMD. Only fetches wait, and a
 * load that is dropped with its request leaves nothing behind: each has a memory of its own.
 *
 * @param options.fetch  for files among the worker's assets: `(url) => env.ASSETS.fetch(url)`
 */
export function simdPlace(options: LoadOptions): Place {
  return {
    fetch: options.fetch ?? ((input, init) => fetch(input, init)),
    store: noStore,
    engine: async () => kernels,
  }
}
