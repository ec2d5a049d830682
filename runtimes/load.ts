import { DecodingError } from '../decoder/errors.ts'
import type { LoadedModel, LoadOptions } from './loaded-model.ts'
import type { ModelSource } from './model-source.ts'
import { fetchGguf, openGguf, type Place, startGguf } from './simd/load-gguf.ts'

/**
 * Loads a model on our own kernels if its folder has a model.gguf that they take, else with the other runtime. What
 * decides is the model alone: a download that breaks is an error, not a reason to fetch something else.
 *
 * @throws {DecodingError} `model_not_found`, `model_too_large` or `model_unusable`
 */
export async function loadPreferred(
  source: ModelSource,
  options: LoadOptions,
  place: Place,
  loadOther: () => Promise<LoadedModel>,
): Promise<LoadedModel> {
  const open = await refusable(openGguf(source, options, place))
  if (open instanceof DecodingError) return instead(open, loadOther)
  const parts = await fetchGguf(open, options, place)
  const loaded = await refusable(startGguf(source, options, parts))
  return loaded instanceof DecodingError ? instead(loaded, loadOther) : loaded
}

/** What a model's GGUF gives, or what the other runtime gives because of this refusal. */
export async function refusable<T>(attempt: Promise<T>): Promise<T | DecodingError> {
  try {
    return await attempt
  } catch (error) {
    if (error instanceof DecodingError) return error
    throw error
  }
}

/** The other runtime's result. If it has none either, then why there is a GGUF and can't be used says more. */
export async function instead<T>(refusal: DecodingError, other: () => Promise<T>): Promise<T> {
  const result = await refusable(other())
  if (!(result instanceof DecodingError)) return result
  throw refusal.code === 'model_not_found' || result.code === 'model_too_large' ? result : refusal
}
