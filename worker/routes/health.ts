import type { Context } from 'hono'
import type { AppEnv } from '../app-env.ts'

/** GET /health: that the worker lives. Neither loads the model nor waits for it. */
export function health(context: Context<AppEnv>): Response {
  const { state, admission } = context.get('engine')
  const { running, waiting } = admission
  return context.json({ status: 'ok', model: state, running, waiting })
}
