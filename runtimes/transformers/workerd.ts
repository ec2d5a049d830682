import engine from 'onnxruntime-web/ort-wasm-simd-threaded.wasm'
import * as ort from 'onnxruntime-web/wasm'
import { noStore } from '../files/part-store.ts'
import type { LoadedModel, LoadOptions } from '../loaded-model.ts'
import type { ModelSource } from '../model-source.ts'
import { loadOnCpu } from './load.ts'
import type { OnnxRuntime } from './onnx-runtime.ts'
import { CPU_PRECISIONS } from './weights.ts'

/**
 * Loads a model in an edge worker. To be called in a handler, never in global scope.
 *
 * Only the fetches belong to the calling request; once the bytes are here, engine and session start without waiting
 * for anything. So a load dies with its request, but it can't leave the engine half started: another request may call
 * this again. Keep the request alive until it is done (`ctx.waitUntil`) or let each waiting request try in its turn;
 * don't let requests await a promise that another one made, as it may never settle.
 *
 * @param options.fetch  for files among the worker's assets: `(url) => env.ASSETS.fetch(url)`
 * @throws {DecodingError} `model_not_found`, `model_too_large` or `model_unusable`
 */
export function loadModel(source: ModelSource, options: LoadOptions): Promise<LoadedModel> {
  return loadOnCpu(source, options, {
    fetch: options.fetch ?? ((input, init) => fetch(input, init)),
    store: noStore,
    precisions: CPU_PRECISIONS,
    engine: async () => startEngine,
  })
}

/** What ONNX Runtime takes for its engine's bytes; `instantiate` knows it by its buffer. */
const marker = new ArrayBuffer(8)
let prepared = false

/**
 * workerd compiles no WebAssembly from bytes, and ONNX Runtime takes nothing else: so it gets a few bytes that stand
 * for the module which was compiled with the worker. It is instantiated at once: work that waits could be cut off in
 * the middle with its request, and ONNX Runtime starts only once in an isolate.
 */
async function startEngine(): Promise<OnnxRuntime> {
  if (!prepared) {
    prepared = true
    const instantiate = WebAssembly.instantiate.bind(WebAssembly) as (
      source: BufferSource,
      imports?: WebAssembly.Imports,
    ) => Promise<WebAssembly.WebAssemblyInstantiatedSource>
    const replaced = async (source: BufferSource, imports?: WebAssembly.Imports) =>
      ArrayBuffer.isView(source) && source.buffer === marker
        ? { module: engine, instance: new WebAssembly.Instance(engine, imports) }
        : instantiate(source, imports)
    WebAssembly.instantiate = replaced as typeof WebAssembly.instantiate
    ort.env.wasm.wasmBinary = marker
    ort.env.wasm.numThreads = 1
  }
  return ort as unknown as OnnxRuntime
}
