import { describe, expect, test } from 'vitest'
import { PrefixCache } from '../../../decoder/conversation/prefix-cache.ts'
import { Random } from '../../../decoder/numerics/random.ts'
import { certain, TableModel } from '../../support/table-model.ts'

const model = () => new TableModel(() => certain(1, 4))

/** Feeds what the cache lacks of these tokens and gives it back; returns how many were already there. */
async function turn(
  prefixes: PrefixCache,
  lm: TableModel,
  tokens: number[],
  salt?: string,
): Promise<number> {
  const cache = prefixes.take(tokens, salt)
  const reused = cache.length
  await lm.forward([{ cache, tokens: tokens.slice(reused) }])
  prefixes.put(tokens, cache, salt)
  return reused
}

describe('reuse', () => {
  test('a second turn feeds only what is new', async () => {
    const lm = model()
    const prefixes = new PrefixCache(lm, 1e6)
    expect(await turn(prefixes, lm, [1, 2, 3])).toBe(0)
    expect(await turn(prefixes, lm, [1, 2, 3, 1, 2])).toBe(3)
  })

  test('the same prompt again still feeds its last token', async () => {
    const lm = model()
    const prefixes = new PrefixCache(lm, 1e6)
    await turn(prefixes, lm, [1, 2, 3])
    expect(await turn(prefixes, lm, [1, 2, 3])).toBe(2)
    expect(await turn(prefixes, lm, [1, 2])).toBe(1)
  })

  test('an edited history rolls back to the common prefix, and the first one is still there', async () => {
    const lm = model()
    const prefixes = new PrefixCache(lm, 1e6)
    await turn(prefixes, lm, [1, 2, 3, 3, 3])
    expect(await turn(prefixes, lm, [1, 2, 1, 1])).toBe(2)
    expect(await turn(prefixes, lm, [1, 2, 3, 3, 3, 1])).toBe(5)
  })
})

describe('salts', () => {
  test('nothing is shared between them, whatever the prompts', async () => {
    const lm = model()
    const prefixes = new PrefixCache(lm, 1e6)
    await turn(prefixes, lm, [1, 2, 3], 'a')
    expect(await turn(prefixes, lm, [1, 2, 3, 1], 'b')).toBe(0)
    expect(await turn(prefixes, lm, [1, 2, 3, 1])).toBe(0)
    expect(await turn(prefixes, lm, [1, 2, 3, 1], 'a')).toBe(3)
  })

  test('names of an object’s own members are salts like any other', async () => {
    const lm = model()
    const prefixes = new PrefixCache(lm, 1e6)
    for (const salt of ['__proto__', 'constructor', '']) {
      expect(await turn(prefixes, lm, [1, 2], salt)).toBe(0)
      expect(await turn(prefixes, lm, [1, 2, 3], salt)).toBe(2)
    }
  })
})

describe('memory', () => {
  test('one budget for all salts', async () => {
    const lm = model()
    const prefixes = new PrefixCache(lm, 600)
    for (const salt of ['a', 'b', 'c', 'd']) await turn(prefixes, lm, [1, 1, 1], salt)
    expect([lm.caches, prefixes.bytes]).toEqual([2, 600])
    expect(await turn(prefixes, lm, [1, 1, 1, 1], 'd')).toBe(3)
    expect(await turn(prefixes, lm, [1, 1, 1, 1], 'a')).toBe(0)
  })

  test('what was asked for again stays, what was not goes', async () => {
    const lm = model()
    const prefixes = new PrefixCache(lm, 600)
    await turn(prefixes, lm, [1, 1, 1])
    await turn(prefixes, lm, [2, 2, 2])
    await turn(prefixes, lm, [1, 1, 1])
    await turn(prefixes, lm, [3, 3, 3])
    expect(await turn(prefixes, lm, [1, 1, 1])).toBe(2)
    expect(await turn(prefixes, lm, [2, 2, 2])).toBe(0)
  })

  test('a sequence that is the beginning of another takes no room', async () => {
    const lm = model()
    const prefixes = new PrefixCache(lm, 1e6)
    await turn(prefixes, lm, [1, 2, 3, 1])
    await turn(prefixes, lm, [1, 2])
    await turn(prefixes, lm, [1, 2, 3, 1])
    expect([lm.caches, prefixes.bytes]).toEqual([1, 400])
  })

  test('a cache that was fed less than its tokens counts for what it holds', async () => {
    const lm = model()
    const prefixes = new PrefixCache(lm, 1e6)
    const cache = prefixes.take([1, 2, 3])
    await lm.forward([{ cache, tokens: [1, 2] }])
    prefixes.put([1, 2, 3], cache)
    prefixes.put([1, 2, 3], prefixes.take([3]))
    expect(await turn(prefixes, lm, [1, 2, 3, 3])).toBe(2)
  })

  test('stays within the budget, oldest out first', async () => {
    const lm = model()
    const prefixes = new PrefixCache(lm, 600) // 100 bytes a token
    await turn(prefixes, lm, [1, 1, 1])
    await turn(prefixes, lm, [2, 2, 2])
    await turn(prefixes, lm, [3, 3, 3])
    expect(lm.caches).toBe(2)
    expect(await turn(prefixes, lm, [2, 2, 2, 1])).toBe(3)
    expect(await turn(prefixes, lm, [1, 1, 1, 1])).toBe(0)
  })

  test('a context that outgrows another replaces it', async () => {
    const lm = model()
    const prefixes = new PrefixCache(lm, 1e6)
    for (let n = 2; n < 9; n++) await turn(prefixes, lm, new Array(n).fill(1))
    expect(lm.caches).toBe(1)
  })

  test('a budget of nothing keeps nothing', async () => {
    const lm = model()
    const prefixes = new PrefixCache(lm, 0)
    await turn(prefixes, lm, [1, 2])
    expect(lm.caches).toBe(0)
  })

  test('clearing frees everything', async () => {
    const lm = model()
    const prefixes = new PrefixCache(lm, 1e6)
    for (const tokens of [[1, 2, 3], [1, 2, 1], [2], [1, 1]]) await turn(prefixes, lm, tokens)
    prefixes.clear()
    expect([lm.caches, prefixes.bytes]).toEqual([0, 0])
    expect(await turn(prefixes, lm, [1, 2, 3])).toBe(0)
  })
})

// Every sequence kept is compared with every prompt, token by token: what a tree must come to.
test('finds what a search through all that was ever kept would', async () => {
  const random = new Random(7)
  const lm = model()
  const prefixes = new PrefixCache(lm, 1e9)
  const kept: { salt: string; tokens: number[] }[] = []
  const below = (n: number) => Math.floor(random.next() * n)
  for (let round = 0; round < 2000; round++) {
    const salt = String(below(2))
    const old = kept[below(kept.length)]?.tokens ?? []
    const tokens = old.slice(0, below(old.length + 1))
    for (let n = below(6) + (tokens.length === 0 ? 1 : 0); n > 0 && tokens.length < 40; n--) {
      tokens.push(below(4))
    }
    const common = (other: number[]) => {
      let n = 0
      while (n < Math.min(other.length, tokens.length - 1) && other[n] === tokens[n]) n++
      return n
    }
    const best = kept.filter((entry) => entry.salt === salt).map((entry) => common(entry.tokens))
    expect(prefixes.held(tokens, salt)).toBe(Math.max(0, ...best))
    expect(await turn(prefixes, lm, tokens, salt)).toBe(Math.max(0, ...best))
    kept.push({ salt, tokens })
  }
  const bytes = prefixes.bytes
  prefixes.clear()
  expect([bytes > 1e4, prefixes.bytes, lm.caches]).toEqual([true, 0, 0])
})
