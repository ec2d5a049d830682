import type { KVCache, LanguageModel } from '../language-model.ts'
import { type RadixNode, RadixTree } from './radix-tree.ts'

interface Kept {
  cache: KVCache
  bytes: number
  tree: string
}

/**
 * Keys and values of earlier prompts and answers, shared by all requests: whoever begins with the same tokens feeds only
 * what is new. Resending a history costs its last turn; an edited one reuses the part before the edit, and the original
 * stays for whoever goes back to it. Least recently used goes first.
 *
 * How much of a prompt was cached shows in `cached_tokens` and in the time to the first token, so a shared cache tells
 * whether somebody else has sent a text, token by token. Those who shall not learn that of each other have different
 * salts: nothing is shared between salts but the budget.
 */
export class PrefixCache {
  readonly #model: LanguageModel
  readonly #maxBytes: number
  /** By salt. */
  readonly #trees = new Map<string, RadixTree<Kept>>()
  /** Least recently used first. */
  readonly #leaves = new Set<RadixNode<Kept>>()
  #bytes = 0

  /** @param maxBytes  most bytes of keys and values to hold, what forks share counted for each; 0 keeps nothing */
  constructor(model: LanguageModel, maxBytes: number) {
    this.#model = model
    this.#maxBytes = maxBytes
  }

  /** Bytes of keys and values held. */
  get bytes(): number {
    return this.#bytes
  }

  /**
   * A cache that holds as much of the prompt's beginning as is kept, but never all of it: the last token is always left
   * to feed, since its logits are needed. The cache is the caller's own; give it back with `put`.
   */
  take(prompt: readonly number[], salt?: string | null): KVCache {
    const found = this.#find(prompt, salt)
    if (!found) return this.#model.createCache()
    this.#touch(found.leaf)
    const cache = found.leaf.value!.cache.fork()
    cache.truncate(found.usable)
    return cache
  }

  /** How many tokens of a prompt `take` would find. */
  held(prompt: readonly number[], salt?: string | null): number {
    return this.#find(prompt, salt)?.usable ?? 0
  }

  /**
   * Keeps a cache for later prompts; it belongs to the prefix cache from now on.
   *
   * @param tokens  what the cache holds, perhaps more: tokens it was not fed yet are not counted
   */
  put(tokens: readonly number[], cache: KVCache, salt?: string | null): void {
    const held = tokens.slice(0, cache.length)
    const name = salt ?? ''
    const tree = this.#trees.get(name) ?? new RadixTree<Kept>()
    const found = tree.find(held)
    if (held.length === 0 || found?.matched === held.length) {
      if (found) this.#touch(found.leaf)
      cache.dispose()
      return
    }
    this.#trees.set(name, tree)
    const { leaf, replaced } = tree.insert(held, { cache, bytes: cache.bytes, tree: name })
    if (replaced) this.#free(replaced)
    this.#bytes += cache.bytes
    this.#touch(leaf)
    for (const oldest of this.#leaves) {
      if (this.#bytes <= this.#maxBytes) break
      this.#evict(oldest)
    }
  }

  clear(): void {
    for (const leaf of this.#leaves) this.#evict(leaf)
  }

  #find(prompt: readonly number[], salt: string | null | undefined) {
    const found = this.#trees.get(salt ?? '')?.find(prompt)
    const usable = Math.min(found?.matched ?? 0, prompt.length - 1)
    return found && usable > 0 ? { leaf: found.leaf, usable } : null
  }

  #touch(leaf: RadixNode<Kept>): void {
    this.#leaves.delete(leaf)
    this.#leaves.add(leaf)
  }

  #evict(leaf: RadixNode<Kept>): void {
    const kept = leaf.value!
    const tree = this.#trees.get(kept.tree)!
    tree.remove(leaf)
    if (tree.isEmpty) this.#trees.delete(kept.tree)
    this.#leaves.delete(leaf)
    this.#free(kept)
  }

  #free({ cache, bytes }: Kept): void {
    this.#bytes -= bytes
    cache.dispose()
  }
}
