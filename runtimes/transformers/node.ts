/// <reference types="node" />
import * as ort from 'onnxruntime-web'
import { fetchFile } from '../files/file-fetch.ts'
import { noStore } from '../files/part-store.ts'
import type { LoadedModel, LoadOptions } from '../loaded-model.ts'
import type { ModelSource } from '../model-source.ts'
import { fetchModel, loadOnCpu, type Place } from './load.ts'
import { startMaskedModel } from './masked-model.ts'
import type { OnnxRuntime } from './onnx-runtime.ts'
import { CPU_PRECISIONS } from './weights.ts'

/**
 * Loads a model in Node, on the same WebAssembly kernels as the edge and the browser, so that it makes the same
 * tokens. Folders are read from disk, http(s) addresses fetched anew each time.
 *
 * @throws {DecodingError} `model_not_found`, `model_too_large` or `model_unusable`
 * @example
 * const { model, tokenizer } = await loadModel(resolveModel(pathToFileURL('model/x/').href), { maxBytes: 2 ** 30 })
 */
export function loadModel(source: ModelSource, options: LoadOptions): Promise<LoadedModel> {
  return loadOnCpu(source, options, nodePlace(options))
}

/** Loads a masked model in Node, for `maskPredict`. @throws {DecodingError} as `loadModel` */
export async function loadMaskedModel(source: ModelSource, options: LoadOptions) {
  const parts = await fetchModel(source, options, nodePlace(options))
  return { id: source.id, model: await startMaskedModel(parts), tokenizer: parts.tokenizer }
}

function nodePlace(options: LoadOptions): Place {
  return {
    fetch: options.fetch ?? fetchFile,
    store: noStore,
    precisions: CPU_PRECISIONS,
    engine: async () => async () => {
      ort.env.wasm.numThreads = 1
      return ort as unknown as OnnxRuntime
    },
  }
}
