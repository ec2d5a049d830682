import type { LoadedModel } from '../../runtimes/loaded-model.ts'
import type { SimdLanguageModel } from '../../runtimes/simd/language-model.ts'
import { loadModel } from '../../runtimes/simd/node.ts'
import { compileEngine } from '../../scripts/lib/engine.ts'
import { type RandomLlamaShape, randomLlama } from './random-llama.ts'

/** A small Llama of random weights on our own kernels: a real cache, whose faults change what is said. */
export async function loadRandomLlama(
  shape: Partial<RandomLlamaShape> = {},
  seed = 1,
): Promise<LoadedModel & { model: SimdLanguageModel }> {
  await compileEngine()
  const { file } = randomLlama(shape, seed)
  const loaded = await loadModel(
    { id: 'random', base: 'https://models.test/random/' },
    {
      maxBytes: 1e8,
      fetch: async (input) =>
        String(input).endsWith('model.gguf')
          ? new Response(file)
          : new Response(null, { status: 404 }),
    },
  )
  return loaded as LoadedModel & { model: SimdLanguageModel }
}
