import type { Engine } from './engine/engine.ts'
import type { Env } from './env.ts'

/** What every handler finds in its Hono context. */
export interface AppEnv {
  Bindings: Env
  Variables: {
    /** Made here and never taken from the caller, who could otherwise write to our log. */
    requestId: string
    engine: Engine
  }
}
