/// <reference path="../../runtimes/transformers/wasm.d.ts" />
import type { ExecutionContext } from 'hono'
import type { ForwardStep } from '../../decoder/index.ts'
import type { LoadedModel, LoadOptions } from '../../runtimes/loaded-model.ts'
import type { SimdLanguageModel } from '../../runtimes/simd/language-model.ts'
import { loadGguf } from '../../runtimes/simd/load-gguf.ts'
import { simdPlace } from '../../runtimes/simd/workerd.ts'
import { createWorker } from '../../worker/create-worker.ts'
import type { Env } from '../../worker/env.ts'
import { randomLlama } from './random-llama.ts'

let model: SimdLanguageModel | null = null
/** Sequences in each pass. */
let passes: number[] = []

/** A small Llama of random weights on our own kernels, its passes noted. */
async function load(): Promise<LoadedModel> {
  const { file } = randomLlama({ contextLength: 512 })
  const options: LoadOptions = {
    maxBytes: 1e8,
    maxMemory: 64 * 2 ** 20,
    fetch: async (input) =>
      String(input).endsWith('model.gguf')
        ? new Response(file)
        : new Response(null, { status: 404 }),
  }
  const source = { id: 'random', base: 'https://models.test/random/' }
  const loaded = await loadGguf(source, options, simdPlace(options))
  model = loaded.model as SimdLanguageModel
  const forward = model.forward.bind(model)
  model.forward = (steps: ForwardStep[]) => {
    passes.push(steps.length)
    return forward(steps)
  }
  return loaded
}

const worker = createWorker(load)

/** The real worker around that model, with a window for tests: passes since the last look, and pages held. */
export default {
  async fetch(request: Request, env: Env, context: ExecutionContext): Promise<Response> {
    if (new URL(request.url).pathname !== '/test/engine') return worker.fetch(request, env, context)
    const seen = passes
    passes = []
    return Response.json({ passes: seen, pagesHeld: model?.pagesHeld ?? 0 })
  },
}
