import type { ExecutionContext } from 'hono'
import { createWorker, type Worker } from '../../worker/create-worker.ts'
import type { Env } from '../../worker/env.ts'
import { toyModel } from './toy-model.ts'

let steps = 0
const instances = new Map<string, Worker>()

/** The real worker around the toy model, with two windows for tests. */
export default {
  async fetch(request: Request, env: Env, context: ExecutionContext): Promise<Response> {
    const url = new URL(request.url)
    // How many positions the model has computed since the start, to see whether it still works for a caller who left.
    if (url.pathname === '/test/steps') return Response.json({ steps })
    // Each name is a worker of its own with a cold model: a new isolate for the price of a header.
    const name = request.headers.get('x-test-instance') ?? ''
    let worker = instances.get(name)
    if (!worker) {
      worker = createWorker(async () => {
        // Waits as a load does: on something that dies with the request that began it.
        await new Promise((resolve) => setTimeout(resolve, name === '' ? 0 : 40))
        if (name.startsWith('broken')) throw new Error('no such weights at /secret/path')
        return { ...toyModel(() => steps++), draft: toyModel(() => {}) }
      })
      instances.set(name, worker)
    }
    return worker.fetch(request, env, context)
  },
}
