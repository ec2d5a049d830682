import { createApp } from './app.ts'
import { Engine, type ModelLoader } from './engine/engine.ts'
import type { Env } from './env.ts'

/** A worker around a model; where the model comes from is the caller's choice. */
export function createWorker(loader: ModelLoader): ExportedHandler<Env> {
  const app = createApp(new Engine(loader))
  return { fetch: (request, env, context) => app.fetch(request, env, context) }
}
