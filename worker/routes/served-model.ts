import type { Context } from 'hono'
import type { AppEnv } from '../app-env.ts'
import type { ServedModel } from '../engine/engine.ts'
import { unknownModel } from '../http/api-error.ts'

/**
 * The isolate's model, loaded if need be.
 *
 * @param name  what the request calls it; whoever names none gets the one there is
 * @throws {ApiError} 404 if the request means another
 */
export async function servedModel(
  context: Context<AppEnv>,
  name?: string | null,
): Promise<ServedModel> {
  const served = await context
    .get('engine')
    .model(context.env, context.executionCtx, context.req.raw.signal)
  if (name != null && name !== served.loaded.id) throw unknownModel(name)
  return served
}
