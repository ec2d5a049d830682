import { loadPreferred } from './load.ts'
import type { LoadedModel, LoadOptions } from './loaded-model.ts'
import type { ModelSource } from './model-source.ts'
import { simdPlace } from './simd/workerd.ts'

/**
 * Loads a model in an edge worker, on the runtime that suits it. To be called in a handler, never in global scope.
 *
 * Only the fetches belong to the calling request; what follows them waits for nothing from outside. So a load dies with
 * its request, but it leaves nothing half started: another request may call this again. Don't let requests await a promise
 * that another one made, as it may never settle.
 *
 * @param options.fetch  for files among the worker's assets: `(url) => env.ASSETS.fetch(url)`
 * @throws {DecodingError} `model_not_found`, `model_too_large` or `model_unusable`
 */
export function loadModel(source: ModelSource, options: LoadOptions): Promise<LoadedModel> {
  return loadPreferred(source, options, simdPlace(options), async () => {
    // In the bundle as well, but run only when needed: its code alone takes megabytes.
    const { loadModel } = await import('./transformers/workerd.ts')
    return loadModel(source, options)
  })
}
