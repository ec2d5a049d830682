import type { Context } from 'hono'
import type { AppEnv } from '../app-env.ts'
import type { ServedModel } from '../engine/engine.ts'
import { unknownModel } from '../http/api-error.ts'
import { servedModel } from './served-model.ts'

/** GET /v1/models */
export async function listModels(context: Context<AppEnv>): Promise<Response> {
  return context.json({ object: 'list', data: [describe(await servedModel(context))] })
}

/** GET /v1/models/:id; the id of a hub's model has a slash, escaped or not. */
export async function getModel(context: Context<AppEnv>): Promise<Response> {
  const served = await servedModel(context)
  const id = context.req.param('id') ?? ''
  if (id !== served.loaded.id) throw unknownModel(id)
  return context.json(describe(served))
}

/** OpenAI's four members, and what a page needs to know before it asks or downloads the model itself. */
function describe({ loaded, created }: ServedModel) {
  const { config } = loaded.model
  return {
    id: loaded.id,
    object: 'model',
    created,
    owned_by: loaded.id.includes('/') ? loaded.id.split('/')[0] : 'edgewise',
    context_length: config.contextLength,
    vocab_size: config.vocabSize,
    parameters: config.parameters,
    architecture: loaded.architecture,
    quantization: loaded.quantization,
    bytes: loaded.bytes,
    runtime: loaded.runtime,
    fingerprint: config.fingerprint,
    chat: loaded.chatTemplate !== undefined,
  }
}
