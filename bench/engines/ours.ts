import type { LanguageModel } from '../../decoder/language-model.ts'
import { noStore } from '../../runtimes/files/part-store.ts'
import { resolveModel } from '../../runtimes/model-source.ts'
import { loadGguf } from '../../runtimes/simd/load-gguf.ts'
import type { Engine } from './engine.ts'

/**
 * Our SIMD engine, one forward pass a token.
 *
 * @param base     URL of the folder with model.gguf
 * @param fetcher  reads that folder
 * @param kernels  the compiled kernels
 */
export async function openOurs(
  base: string,
  fetcher: typeof fetch,
  kernels: () => Promise<WebAssembly.Module>,
): Promise<Engine> {
  const { model } = await loadGguf(
    resolveModel(base),
    { maxBytes: 2 ** 30 },
    { fetch: fetcher, store: noStore, engine: kernels },
  )
  return {
    name: 'ours',
    async run({ ids }, count) {
      const cache = model.createCache()
      const start = performance.now()
      let token = await next(model, cache, ids)
      const read = performance.now()
      for (let i = 0; i < count; i++) token = await next(model, cache, [token])
      const done = performance.now()
      cache.dispose()
      return { prefill: read - start, decode: (1000 * count) / (done - read) }
    },
    close: async () => model.dispose(),
  }
}

async function next(
  model: LanguageModel,
  cache: ReturnType<LanguageModel['createCache']>,
  tokens: number[],
): Promise<number> {
  const [[logits]] = (await model.forward([{ cache, tokens }])) as [[Float32Array]]
  let best = 0
  for (let id = 1; id < logits.length; id++) if (logits[id]! > logits[best]!) best = id
  return best
}
