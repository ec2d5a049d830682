import { loadModel as loadOnWorkerd } from '../../runtimes/load-workerd.ts'
import type { LoadedModel, LoadOptions } from '../../runtimes/loaded-model.ts'
import { type ModelSource, resolveModel } from '../../runtimes/model-source.ts'
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
/** Most memory of our own engine, weights included: beside it a file of that size must fit while it is loaded. */
const MAX_MEMORY = 72 * 2 ** 20

/** Of what an isolate can take, a draft model's part. */
const DRAFT_SHARE = 0.25

/** Loads the models that the settings name. To be called within a request. */
export async function loadModel(env: Env) {
  const all: Limits = {
    maxBytes: (Number(env.MODEL_MAX_MB) || DEFAULT_MAX_MB) * 2 ** 20,
    maxMemory: MAX_MEMORY,
  }
  if (!env.DRAFT_MODEL) return { ...(await loadMain(env, all)), draft: null }
  const loaded = await loadMain(env, shareOf(all, 1 - DRAFT_SHARE))
  const draft = await loadNamed(env.DRAFT_MODEL, env, shareOf(all, DRAFT_SHARE))
  return { ...loaded, draft }
}

type Limits = Required<Pick<LoadOptions, 'maxBytes' | 'maxMemory'>>

function shareOf({ maxBytes, maxMemory }: Limits, share: number): Limits {
  return { maxBytes: maxBytes * share, maxMemory: maxMemory * share }
}

function loadMain(env: Env, limits: Limits): Promise<LoadedModel> {
  if (env.MODEL) return loadNamed(env.MODEL, env, limits)
  const fetchAsset: typeof fetch = (...request) => env.ASSETS.fetch(...request)
  return loadOnWorkerd(EMBEDDED, { ...limits, fetch: fetchAsset })
}

function loadNamed(name: string, { MODEL_HOST }: Env, limits: Limits): Promise<LoadedModel> {
  const source = resolveModel(name, MODEL_HOST ? { host: MODEL_HOST } : {})
  const fetchFile: typeof fetch = (...request) => fetch(...request)
  return loadOnWorkerd(source, { ...limits, fetch: fetchFile })
}
