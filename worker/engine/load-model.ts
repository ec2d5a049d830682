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

/** Loads the models that the settings name. To be called within a request. */
export async function loadModel(env: Env) {
  const maxBytes = (Number(env.MODEL_MAX_MB) || DEFAULT_MAX_MB) * 2 ** 20
  const loaded = await (env.MODEL
    ? loadNamed(env.MODEL, env, maxBytes)
    : loadEmbedded(env, maxBytes))
  // Both must fit.
  const left = maxBytes - loaded.bytes
  return { ...loaded, draft: env.DRAFT_MODEL ? await loadNamed(env.DRAFT_MODEL, env, left) : null }
}

function loadEmbedded({ ASSETS }: Env, maxBytes: number): Promise<LoadedModel> {
  return loadOnWorkerd(EMBEDDED, { fetch: (...request) => ASSETS.fetch(...request), maxBytes })
}

function loadNamed(name: string, { MODEL_HOST }: Env, maxBytes: number): Promise<LoadedModel> {
  const source = resolveModel(name, MODEL_HOST ? { host: MODEL_HOST } : {})
  return loadOnWorkerd(source, { fetch: (...request) => fetch(...request), maxBytes })
}
