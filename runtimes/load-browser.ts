import { DecodingError } from '../decoder/errors.ts'
import { instead, loadPreferred, refusable } from './load.ts'
import type { LoadedModel, LoadOptions } from './loaded-model.ts'
import type { ModelSource } from './model-source.ts'
import { simdDownloadSize, simdPlace } from './simd/browser.ts'

/** Fetched only where a model needs it. */
const transformers = () => import('./transformers/browser.ts')

/**
 * Loads a model in a browser's module worker, on the runtime that suits it: our own kernels, which make the edge's
 * tokens; or transformers.js, which also takes the graphics processor (`device`). All files are kept in Cache Storage
 * where that is allowed.
 *
 * @throws {DecodingError} `model_not_found`, `model_too_large` or `model_unusable`; an abort throws the signal's reason
 */
export async function loadModel(source: ModelSource, options: LoadOptions): Promise<LoadedModel> {
  const loadOther = async () => (await transformers()).loadModel(source, options)
  if (options.device === 'webgpu') return loadOther()
  return loadPreferred(source, options, simdPlace(options), loadOther)
}

/** Bytes that `loadModel` would take from the network now, to ask the visitor before it does; 0 if all is stored. */
export async function downloadSize(source: ModelSource, options: LoadOptions): Promise<number> {
  const sizeOfOther = async () => (await transformers()).downloadSize(source, options)
  if (options.device === 'webgpu') return sizeOfOther()
  const size = await refusable(simdDownloadSize(source, options))
  return size instanceof DecodingError ? instead(size, sizeOfOther) : size
}
