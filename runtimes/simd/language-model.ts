import { DecodingError } from '../../decoder/errors.ts'
import type {
  ForwardStep,
  KVCache,
  ModelConfig,
  SlidingWindow,
} from '../../decoder/language-model.ts'
import type { MultiTokenModel } from '../../decoder/strategies/index.ts'
import { checkParents } from '../fallback/tree-step.ts'
import type { Arena } from './arena.ts'
import type { Llama } from './llama.ts'
import { PAGE_POSITIONS, PagePool } from './page-pool.ts'
import { headBytes, PagedCache } from './paged-cache.ts'
import { MAX_ROWS, type Row, type RowOutput } from './rows.ts'
import { SlidingCache } from './sliding-cache.ts'

/** A Llama on our own kernels, behind the decoder's interface: batches, forks and trees are native. */
export class SimdLanguageModel implements MultiTokenModel {
  readonly config: ModelConfig
  /** Multi-token heads; 0 for most models. */
  readonly heads: number
  readonly #llama: Llama
  readonly #pool: PagePool
  readonly #memory: WebAssembly.Memory

  constructor(arena: Arena, llama: Llama, config: ModelConfig) {
    this.config = config
    this.heads = llama.heads
    this.#llama = llama
    this.#memory = arena.kernels.memory
    const { layers, kvHeads } = llama.pageLayout
    this.#pool = new PagePool(arena, layers * kvHeads * headBytes(llama.pageLayout))
  }

  /** Pages that caches hold, of 16 positions each. */
  get pagesHeld(): number {
    return this.#pool.held
  }

  /** Bytes of a cache that is full. */
  get sequenceBytes(): number {
    return Math.ceil(this.config.contextLength / PAGE_POSITIONS) * this.#pool.pageBytes
  }

  createCache(): PagedCache {
    return new PagedCache(this.#pool, this.#llama.pageLayout, this.#memory)
  }

  createSlidingCache({ sinks, window }: SlidingWindow): SlidingCache {
    const { contextLength } = this.config
    const isPossible =
      [sinks, window].every(Number.isSafeInteger) &&
      sinks >= 0 &&
      window >= 1 &&
      sinks + window <= contextLength
    if (!isPossible) {
      throw new DecodingError(
        `${sinks} sinks and a window of ${window} tokens don't fit the context of ${contextLength}`,
        'invalid_value',
        'sliding_window',
      )
    }
    this.#llama.allowWindows()
    return new SlidingCache(this.#pool, this.#memory, { sinks, window })
  }

  async forward(steps: ForwardStep[]): Promise<Float32Array[][]> {
    const checked = this.#check(steps)
    const reserved: SimdCache[] = []
    try {
      for (const { cache, tokens } of checked) {
        reserved.push(cache)
        cache.reserve(tokens.length)
      }
    } catch (error) {
      for (const cache of reserved) cache.cancel()
      throw error
    }
    const rows = checked.flatMap(rowsOf)
    const outputs: RowOutput[] = []
    for (let start = 0; start < rows.length; start += MAX_ROWS) {
      outputs.push(...this.#llama.forward(rows.slice(start, start + MAX_ROWS)))
    }
    return checked.map(({ cache, tokens, parents, all }) => {
      const own = outputs.splice(0, all ? tokens.length : 1)
      cache.advance(tokens.length, parents)
      if (cache instanceof PagedCache) cache.remember(own.flatMap(({ state }) => state ?? []))
      return own.map(({ logits }) => logits)
    })
  }

  /** @throws {DecodingError} for a sliding cache: heads guess what is then verified as a tree */
  async headLogits(cache: KVCache): Promise<Float32Array[]> {
    if (cache instanceof SlidingCache) throw unsupported('Multi-token heads do')
    if (!(cache instanceof PagedCache)) throw new TypeError('The cache is of another model')
    const { state } = cache
    if (!state) throw new Error('The heads read what a pass left at the last token of the cache')
    return this.#llama.headLogits(state)
  }

  /** Nothing outside of the engine's own memory is held, and that goes with the last reference to it. */
  async dispose(): Promise<void> {}

  /** Looks at everything before anything changes. */
  #check(steps: ForwardStep[]): Step[] {
    const { vocabSize, contextLength } = this.config
    const caches = new Set<SimdCache>()
    return steps.map(({ cache, tokens: ids, parents: tree, rows }) => {
      if (!isOurs(cache)) throw new TypeError('The cache is of another model')
      const slides = cache instanceof SlidingCache
      if (!slides && cache.undecided)
        throw new Error('`keep` must choose a path of the last tree step first')
      if (caches.has(cache)) throw new Error('Two steps of one pass can’t extend the same cache')
      caches.add(cache)
      const tokens = Array.from(ids)
      if (tokens.length === 0) throw new RangeError('A step needs at least one token')
      const stray = tokens.find((id) => !Number.isInteger(id) || id < 0 || id >= vocabSize)
      if (stray !== undefined) {
        throw new RangeError(`Token ${stray} is outside the vocabulary of ${vocabSize}`)
      }
      const length = (slides ? 0 : cache.length) + tokens.length
      if (length > contextLength) {
        throw new RangeError(`${length} tokens are more than the context of ${contextLength}`)
      }
      if (tree) checkParents(tokens.length, tree)
      const parents = tree && !isChain(Array.from(tree)) ? Array.from(tree) : null
      if (slides && parents) throw unsupported('Tree steps do')
      return { cache, tokens, parents, all: rows === 'all' }
    })
  }
}

type SimdCache = PagedCache | SlidingCache

const isOurs = (cache: KVCache): cache is SimdCache =>
  cache instanceof PagedCache || cache instanceof SlidingCache

const unsupported = (what: string) =>
  new DecodingError(`${what} not go with a sliding window`, 'unsupported_value', 'sliding_window')

interface Step {
  cache: SimdCache
  tokens: number[]
  /** Null for a chain. */
  parents: number[] | null
  all: boolean
}

/** A step's tokens with their places: one after another, or as a tree that begins at the cache's end. */
function rowsOf({ cache, tokens, parents: tree, all }: Step): Row[] {
  if (cache instanceof SlidingCache) return cache.rows(tokens, all)
  const start = cache.length
  const rows: Row[] = []
  for (const [index, token] of tokens.entries()) {
    const parent = tree ? tree[index]! : -1
    const ancestors = tree ? new Uint8Array(index + 1) : null
    if (ancestors) {
      if (parent >= 0) ancestors.set(rows[parent]!.visible!.slots)
      ancestors[index] = 1
    }
    rows.push({
      token,
      position: tree ? (parent >= 0 ? rows[parent]!.position + 1 : start) : start + index,
      slot: start + index,
      pages: cache.pages,
      visible: ancestors && { from: start, slots: ancestors },
      wantsLogits: all || index === tokens.length - 1,
      seenFrom: null,
    })
  }
  return rows
}

function isChain(parents: readonly number[]): boolean {
  return parents.every((parent, index) => parent === index - 1)
}
