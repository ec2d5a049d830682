import type { LanguageModel } from '../../decoder/language-model.ts'

/**
 * Root-mean-square difference of the logits over their spread. Rounding of half floats stays under 0.02; the wrong
 * kernels that are known of some graphics processors give 0.3 and more.
 */
const TOLERANCE = 0.05

/**
 * Whether a model computes the same on two processors: a short prompt in one pass, then two tokens more with the
 * cache. Wrong numbers look like a bad model, never like a fault, so this is asked before any answer is given.
 */
export async function agrees(model: LanguageModel, reference: LanguageModel): Promise<boolean> {
  const rows = await probe(model)
  const expected = await probe(reference)
  return rows.every((row, index) => distance(row, expected[index]!) < TOLERANCE)
}

async function probe(model: LanguageModel): Promise<Float32Array[]> {
  const { vocabSize } = model.config
  // Ids from all over the vocabulary; which ones does not matter, as long as they are the same on both.
  const ids = Array.from({ length: 10 }, (_, index) => (index * 7919 + 17) % vocabSize)
  const cache = model.createCache()
  try {
    const [prompt] = await model.forward([{ cache, tokens: ids.slice(0, 8), rows: 'all' }])
    const [ninth] = await model.forward([{ cache, tokens: ids.slice(8, 9) }])
    const [tenth] = await model.forward([{ cache, tokens: ids.slice(9) }])
    return [...prompt!, ...ninth!, ...tenth!]
  } finally {
    cache.dispose()
  }
}

/** NaN and infinite numbers make it NaN, which is under no tolerance. */
function distance(row: Float32Array, expected: Float32Array): number {
  let mean = 0
  for (const value of expected) mean += value / expected.length
  let difference = 0
  let spread = 0
  for (const [index, value] of expected.entries()) {
    difference += (row[index]! - value) ** 2
    spread += (value - mean) ** 2
  }
  return Math.sqrt(difference / spread)
}
