/** The default model twice in one process: decoded by our loop, and by transformers.js' generate(). */
import { basename, dirname } from 'node:path'
import type * as Transformers from '@huggingface/transformers'
import { parseOptions, TextGenerator } from '../../decoder/index.ts'
import { loadForNode } from '../../scripts/lib/load-model.ts'
import { locateModel } from '../../scripts/lib/model-location.ts'
import { DEFAULT_MODEL_FOLDER } from '../../scripts/lib/paths.ts'
import { loadTransformers, type Peer } from '../engines/transformers.ts'

export async function loadOurs(): Promise<TextGenerator> {
  return new TextGenerator(await loadForNode(locateModel(DEFAULT_MODEL_FOLDER), 'simd'))
}

/**
 * transformers.js as its users have it, on its own engine. Our runtime hands its copy another one, so this is a second
 * instance of the module, and it must be loaded before ours.
 */
export async function loadPeer(folder: string): Promise<Peer> {
  const address = `${import.meta.resolve('@huggingface/transformers')}?peer`
  const module = (await import(address)) as typeof Transformers
  return loadTransformers(module, basename(folder), dirname(folder))
}

/** Greedy, exactly `count` tokens. @returns ids, and when the first and the last came (ms since the start) */
export async function oursGreedy(generator: TextGenerator, prompt: number[], count: number) {
  const options = parseOptions({
    temperature: 0,
    max_tokens: count,
    ignore_eos: true,
  })
  const ids: number[] = []
  const start = performance.now()
  let first = 0
  for await (const batch of generator.generate(prompt, options)) {
    first ||= performance.now() - start
    for (const event of batch)
      if (event.type === 'text') ids.push(...event.tokens.map(({ id }) => id))
  }
  return { ids, first, total: performance.now() - start }
}
