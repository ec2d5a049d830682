import type { ForwardStep, LanguageModel } from '../../decoder/index.ts'
import { sha256 } from '../../runtimes/files/hash.ts'
import { noStore } from '../../runtimes/files/part-store.ts'
import { loadGguf } from '../../runtimes/simd/load-gguf.ts'

/** A fixed prompt over several pages of the cache. */
const TOKENS = Array.from({ length: 44 }, (_, index) => (index * 7 + 3) % 50)
const HALF = 19

/**
 * SHA-256 over the bytes of all logits of a fixed prompt, fed in several ways: an entry a way. For every place that
 * WebAssembly runs in; a model of at least 50 tokens and 64 positions.
 */
export async function logitsHashes(
  kernels: WebAssembly.Module,
  file: Uint8Array<ArrayBuffer>,
): Promise<Record<string, string | null>> {
  const { model } = await loadGguf(
    { id: 'model', base: 'https://models.test/model/' },
    { maxBytes: file.length },
    {
      fetch: async (input) =>
        String(input).endsWith('model.gguf')
          ? new Response(file)
          : new Response(null, { status: 404 }),
      store: noStore,
      engine: async () => kernels,
    },
  )
  const hashes: Record<string, string | null> = {}
  for (const [name, feed] of Object.entries(WAYS)) hashes[name] = await hashOf(await feed(model))
  return hashes
}

type Rows = Float32Array[]

const feed = async (model: LanguageModel, step: Omit<ForwardStep, 'rows'>): Promise<Rows> =>
  (await model.forward([{ ...step, rows: 'all' }]))[0]!

const WAYS: Record<string, (model: LanguageModel) => Promise<Rows>> = {
  whole: (model) => feed(model, { cache: model.createCache(), tokens: TOKENS }),

  'one by one': async (model) => {
    const cache = model.createCache()
    const rows: Rows = []
    for (const token of TOKENS) rows.push(...(await feed(model, { cache, tokens: [token] })))
    return rows
  },

  'two forks in one pass': async (model) => {
    const cache = model.createCache()
    const rows = await feed(model, { cache, tokens: TOKENS.slice(0, HALF) })
    const [other, rest] = await model.forward([
      { cache: cache.fork(), tokens: [1, 2, 3], rows: 'all' },
      { cache: cache.fork(), tokens: TOKENS.slice(HALF), rows: 'all' },
    ])
    if (other!.length !== 3) throw new Error('The other fork has its own rows')
    return [...rows, ...rest!]
  },

  'a path of a tree, after a rollback': async (model) => {
    const cache = model.createCache()
    const rows = await feed(model, { cache, tokens: TOKENS.slice(0, HALF) })
    await feed(model, { cache, tokens: [9, 8, 7] })
    cache.truncate(HALF)
    const path = TOKENS.slice(HALF)
    // Each node of the path has a sibling before it.
    const tokens = path.flatMap((token) => [(token + 1) % 50, token])
    const parents = path.flatMap((_, index) => [2 * index - 1, 2 * index - 1])
    const tree = await feed(model, { cache, tokens, parents })
    return [...rows, ...tree.filter((_, index) => index % 2 === 1)]
  },
}

function hashOf(rows: Rows): Promise<string | null> {
  const bytes = new Uint8Array(rows.reduce((sum, row) => sum + row.byteLength, 0))
  let at = 0
  for (const row of rows) {
    bytes.set(new Uint8Array(row.buffer, row.byteOffset, row.byteLength), at)
    at += row.byteLength
  }
  return sha256(bytes)
}
