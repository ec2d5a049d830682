import * as wasmBuild from 'onnxruntime-web/wasm'
import type { DownloadContext } from '../files/download-context.ts'
import { cacheStorageStore } from '../files/part-store.ts'
import type { LoadedModel, LoadOptions } from '../loaded-model.ts'
import type { ModelSource } from '../model-source.ts'
import { EngineFile } from './engine-file.ts'
import { loadOnCpu, missingModelBytes, openModel, type Place } from './load.ts'
import type { OnnxRuntime } from './onnx-runtime.ts'
import { CPU_PRECISIONS } from './weights.ts'

/**
 * Below this, WebAssembly answers sooner than the graphics processor, and gives exactly the edge's tokens.
 * In weights; 8-bit files have about as many bytes.
 */
const WEBGPU_FROM = 50e6

/**
 * Loads a model in a browser's module worker. All files are kept in Cache Storage where that is allowed, so that a
 * later visit needs no network; a download that was cut goes on where it stopped.
 *
 * `device`: `wasm` makes the edge's tokens; `webgpu` and, for large models, `auto` use the graphics processor if its
 * numbers can be trusted, and say in `note` why if they can't.
 *
 * @throws {DecodingError} `model_not_found`, `model_too_large` or `model_unusable`; an abort throws the signal's reason
 */
export async function loadModel(source: ModelSource, options: LoadOptions): Promise<LoadedModel> {
  if (await prefersGpu(source, options)) {
    const { loadOnGpu } = await import('./webgpu.ts')
    return loadOnGpu(source, options, storage(options), (note) => loadOnWasm(source, options, note))
  }
  return loadOnWasm(source, options, null)
}

/** Bytes that `loadModel` would take from the network now, to ask the visitor before it does; 0 if all is stored. */
export async function downloadSize(source: ModelSource, options: LoadOptions): Promise<number> {
  if (await prefersGpu(source, options)) {
    const { gpuDownloadSize } = await import('./webgpu.ts')
    const size = await gpuDownloadSize(source, options, storage(options))
    if (size !== null) return size
  }
  const model = await missingModelBytes(source, options, wasmPlace(options))
  return model + (started ? 0 : await wasmEngine(options).missing())
}

/** Whether the WebAssembly build of the engine runs in this worker already; it starts only once. */
let started = false

async function loadOnWasm(
  source: ModelSource,
  options: LoadOptions,
  note: string | null,
): Promise<LoadedModel> {
  const loaded = await loadOnCpu(source, options, wasmPlace(options), note)
  started = true
  delete wasmBuild.env.wasm.wasmBinary
  return loaded
}

function wasmPlace(options: LoadOptions): Place {
  return {
    ...storage(options),
    precisions: CPU_PRECISIONS,
    engine: async (meter) => {
      const read = started ? null : await wasmEngine(options).prepare(meter)
      return async (signal) => {
        if (read) {
          wasmBuild.env.wasm.numThreads = 1
          wasmBuild.env.wasm.wasmBinary = await read(signal)
        }
        return wasmBuild as unknown as OnnxRuntime
      }
    },
  }
}

function wasmEngine(options: LoadOptions): EngineFile {
  const version = wasmBuild.env.versions.web ?? ''
  const base = options.runtimeBase ?? new URL('/runtime/', location.href).href
  return new EngineFile('ort-wasm-simd-threaded', version, base, storage(options))
}

async function prefersGpu(source: ModelSource, options: LoadOptions): Promise<boolean> {
  if (options.device !== 'auto' && options.device !== undefined) return options.device === 'webgpu'
  if (!('gpu' in navigator)) return false
  // Asked of the files without regard to the limit: what is too large for one may fit the other.
  const place = wasmPlace(options)
  const { weights } = await openModel(source, { ...options, maxBytes: Infinity }, place)
  return (weights.bytes ?? 0) / weights.precision.bytesPerWeight > WEBGPU_FROM
}

/** The engine's own store is the only one: the browser's HTTP cache would hold everything twice. */
function storage(options: LoadOptions): Pick<DownloadContext, 'fetch' | 'store'> {
  const fetcher = options.fetch ?? ((input, init) => fetch(input, { cache: 'no-store', ...init }))
  return { fetch: fetcher, store: cacheStorageStore('edgewise-files') }
}
