import type { LoadedModel } from '../../runtimes/loaded-model.ts'
import { type ModelSource, resolveModel } from '../../runtimes/model-source.ts'
import { loadModel as loadOnWorkerd } from '../../runtimes/transformers/workerd.ts'
import type { Env } from '../env.ts'

/** Any host will do: the assets binding looks at the path alone. */
const EMBEDDED: ModelSource = {
  id: 'edgewise-chat',
  base: 'https://assets.local/models/edgewise-chat/resolve/main/',
}

/**
 * Megabytes of weights an isolate can take by default. Cloudflare gives one 128 MB: ONNX Runtime and its code take about
 * 35, scripts and tokenizer 10, and the rest must hold the weights, a second time while they are loaded.
 */
const DEFAULT_MAX_MB = 40

/** Loads the model that the settings name. To be called within a request. */
export function loadModel(env: Env): Promise<LoadedModel> {
  const maxBytes = (Number(env.MODEL_MAX_MB) || DEFAULT_MAX_MB) * 2 ** 20
  if (!env.MODEL) {
    return loadOnWorkerd(EMBEDDED, {
      fetch: (...request) => env.ASSETS.fetch(...request),
      maxBytes,
    })
  }
  const source = resolveModel(env.MODEL, env.MODEL_HOST ? { host: env.MODEL_HOST } : {})
  return loadOnWorkerd(source, { fetch: (...request) => fetch(...request), maxBytes })
}
