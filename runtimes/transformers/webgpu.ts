import type { Env } from 'onnxruntime-web'
import type { LanguageModel } from '../../decoder/language-model.ts'
import { StandbyModel } from '../fallback/standby-model.ts'
import type { DownloadContext } from '../files/download-context.ts'
import type { LoadedModel, LoadOptions } from '../loaded-model.ts'
import type { ModelSource } from '../model-source.ts'
import { EngineFile } from './engine-file.ts'
import { describeModel, fetchModel, missingModelBytes, type Place } from './load.ts'
import type { OnnxRuntime } from './onnx-runtime.ts'
import { startModel } from './start-model.ts'
import { agrees } from './webgpu-check.ts'
import { GPU_PRECISIONS, HALF_FLOAT_GPU_PRECISIONS } from './weights.ts'

type Storage = Pick<DownloadContext, 'fetch' | 'store'>

/**
 * Loads a model onto the graphics processor, or onto the processor with a note for the visitor: if there is no
 * WebGPU, if the model has no weights for it, or if the two do not compute the same.
 */
export async function loadOnGpu(
  source: ModelSource,
  options: LoadOptions,
  storage: Storage,
  loadOnWasm: (note: string) => Promise<LoadedModel>,
): Promise<LoadedModel> {
  const found = await findGpu()
  if ('problem' in found) return loadOnWasm(`${found.problem} The answers come from the processor.`)
  const place = gpuPlace(options, storage, found.halfFloats)
  const parts = await fetchModel(source, options, place)
  const reference = await startModel(parts, 'wasm')
  const onCpu = (why: string) => {
    const note = `${why} The answers come from the processor.`
    return describeModel(parts, reference, { device: 'wasm', note })
  }
  let model: LanguageModel
  try {
    model = await startModel(parts, 'webgpu')
    if (!(await agrees(model, reference))) {
      await model.dispose()
      return onCpu('This graphics processor computed wrong numbers in a check.')
    }
  } catch {
    return onCpu('This graphics processor could not run the model.')
  }
  await reference.dispose()
  return describeModel(parts, await withStandby(model, source, options, place), {
    device: 'webgpu',
    note: null,
  })
}

/** Goes on with the processor if the graphics processor is lost: the weights are then read again from the store. */
async function withStandby(
  model: LanguageModel,
  source: ModelSource,
  options: LoadOptions,
  place: Place,
): Promise<LanguageModel> {
  const { env } = (await importBuild()) as { env: Env }
  const { lost } = (await env.webgpu.device) as unknown as { lost: Promise<unknown> }
  return new StandbyModel(model, lost, async () => {
    const { onProgress: _, signal: __, ...again } = options
    return startModel(await fetchModel(source, again, place), 'wasm')
  })
}

/** Null if the graphics processor can't be used, so that nothing is fetched for it. */
export async function gpuDownloadSize(
  source: ModelSource,
  options: LoadOptions,
  storage: Storage,
): Promise<number | null> {
  const found = await findGpu()
  if ('problem' in found) return null
  const place = gpuPlace(options, storage, found.halfFloats)
  const model = await missingModelBytes(source, options, place)
  return model + (started ? 0 : await (await engineFile(options, storage)).missing())
}

let started = false

/** The build that runs graphs on both processors, so that they can be compared. */
const importBuild = () => import('onnxruntime-web/jspi')

function gpuPlace(options: LoadOptions, storage: Storage, halfFloats: boolean): Place {
  return {
    ...storage,
    precisions: halfFloats ? HALF_FLOAT_GPU_PRECISIONS : GPU_PRECISIONS,
    engine: async (meter) => {
      const build = await importBuild()
      const read = started ? null : await (await engineFile(options, storage)).prepare(meter)
      return async (signal) => {
        if (read) {
          build.env.wasm.numThreads = 1
          build.env.wasm.wasmBinary = await read(signal)
          started = true
        }
        return build as unknown as OnnxRuntime
      }
    },
  }
}

async function engineFile(options: LoadOptions, storage: Storage): Promise<EngineFile> {
  const { env } = (await importBuild()) as { env: Env }
  const base = options.runtimeBase ?? new URL('/runtime/', location.href).href
  return new EngineFile('ort-wasm-simd-threaded.jspi', env.versions.web ?? '', base, storage)
}

interface Gpu {
  requestAdapter(): Promise<{ features: ReadonlySet<string> } | null>
}

async function findGpu(): Promise<{ halfFloats: boolean } | { problem: string }> {
  const { gpu } = navigator as { gpu?: Gpu }
  if (!gpu) return { problem: 'This browser has no WebGPU.' }
  if (!('Suspending' in WebAssembly)) {
    return { problem: "This browser's WebAssembly can't wait for WebGPU yet." }
  }
  const adapter = await gpu.requestAdapter().catch(() => null)
  if (!adapter) return { problem: 'There is no graphics processor that can be used.' }
  return { halfFloats: adapter.features.has('shader-f16') }
}
