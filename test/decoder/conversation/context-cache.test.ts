import { describe, expect, test } from 'vitest'
import { ContextCache } from '../../../decoder/conversation/context-cache.ts'
import { certain, TableModel } from '../../support/table-model.ts'

const model = () => new TableModel(() => certain(1, 4))

/** Feeds what the cache lacks of these tokens and gives it back; returns how many were already there. */
async function turn(contexts: ContextCache, lm: TableModel, tokens: number[]): Promise<number> {
  const cache = contexts.take(tokens)
  const reused = cache.length
  await lm.forward([{ cache, tokens: tokens.slice(reused) }])
  contexts.put(tokens, cache)
  return reused
}

describe('reuse', () => {
  test('a second turn feeds only what is new', async () => {
    const lm = model()
    const contexts = new ContextCache(lm, 1e6)
    expect(await turn(contexts, lm, [1, 2, 3])).toBe(0)
    expect(await turn(contexts, lm, [1, 2, 3, 1, 2])).toBe(3)
  })

  test('the same prompt again still feeds its last token', async () => {
    const lm = model()
    const contexts = new ContextCache(lm, 1e6)
    await turn(contexts, lm, [1, 2, 3])
    expect(await turn(contexts, lm, [1, 2, 3])).toBe(2)
    expect(await turn(contexts, lm, [1, 2])).toBe(1)
  })

  test('an edited history rolls back to the common prefix, and the first one is still there', async () => {
    const lm = model()
    const contexts = new ContextCache(lm, 1e6)
    await turn(contexts, lm, [1, 2, 3, 3, 3])
    expect(await turn(contexts, lm, [1, 2, 1, 1])).toBe(2)
    expect(await turn(contexts, lm, [1, 2, 3, 3, 3, 1])).toBe(5)
  })
})

describe('memory', () => {
  test('stays within the budget, oldest out first', async () => {
    const lm = model()
    const contexts = new ContextCache(lm, 600) // 100 bytes a token
    await turn(contexts, lm, [1, 1, 1])
    await turn(contexts, lm, [2, 2, 2])
    await turn(contexts, lm, [3, 3, 3])
    expect(lm.caches).toBe(2)
    expect(await turn(contexts, lm, [2, 2, 2, 1])).toBe(3)
    expect(await turn(contexts, lm, [1, 1, 1, 1])).toBe(0)
  })

  test('a context that outgrows another replaces it', async () => {
    const lm = model()
    const contexts = new ContextCache(lm, 1e6)
    for (let n = 2; n < 9; n++) await turn(contexts, lm, new Array(n).fill(1))
    expect(lm.caches).toBe(1)
  })

  test('a budget of nothing keeps nothing', async () => {
    const lm = model()
    const contexts = new ContextCache(lm, 0)
    await turn(contexts, lm, [1, 2])
    expect(lm.caches).toBe(0)
  })
})
