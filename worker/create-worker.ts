import type { ExecutionContext } from 'hono'
import { createApp } from './app.ts'
import { Engine, type ModelLoader } from './engine/engine.ts'
import type { Env } from './env.ts'

export interface Worker {
  fetch(request: Request, env: Env, context: ExecutionContext): Response | Promise<Response>
}

/** A worker around a model; where the model comes from is the caller's choice. */
export function createWorker(loader: ModelLoader): Worker {
  const app = createApp(new Engine(loader))
  return { fetch: (request, env, context) => app.fetch(request, env, context) }
}
