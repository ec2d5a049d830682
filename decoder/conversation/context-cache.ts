import type { KVCache, LanguageModel } from '../language-model.ts'

/**
 * Keys and values of recent conversations, so that a next turn feeds only its new tokens. A history that was edited
 * reuses the part before the edit, and the original stays for whoever goes back to it. Least recently used goes first.
 */
export class ContextCache {
  private readonly model: LanguageModel
  private readonly maxBytes: number
  /** Oldest first. */
  private contexts: { tokens: readonly number[]; cache: KVCache }[] = []

  /** @param maxBytes  most bytes of keys and values to hold; 0 keeps nothing */
  constructor(model: LanguageModel, maxBytes: number) {
    this.model = model
    this.maxBytes = maxBytes
  }

  /**
   * A cache that holds as much of the prompt's beginning as any kept context does, but never all of it: the last token
   * is always left to feed, since its logits are needed. The cache is the caller's own; give it back with `put`.
   */
  take(prompt: readonly number[]): KVCache {
    let best: (typeof this.contexts)[number] | null = null
    let bestLength = 0
    for (const context of this.contexts) {
      const length = commonPrefix(context.tokens, prompt)
      if (length >= bestLength && length > 0) [best, bestLength] = [context, length]
    }
    const usable = Math.min(bestLength, prompt.length - 1)
    if (!best || usable === 0) return this.model.createCache()
    this.contexts = [...this.contexts.filter((context) => context !== best), best]
    const cache = best.cache.fork()
    cache.truncate(usable)
    return cache
  }

  /** Keeps a cache for later prompts; it belongs to the context cache from now on. */
  put(tokens: readonly number[], cache: KVCache): void {
    const held = tokens.slice(0, cache.length)
    const kept = []
    for (const context of this.contexts) {
      // What is the beginning of the new one has no use of its own any more.
      if (commonPrefix(context.tokens, held) === context.tokens.length) context.cache.dispose()
      else kept.push(context)
    }
    this.contexts = [...kept, { tokens: held, cache }]
    let bytes = this.contexts.reduce((sum, context) => sum + context.cache.bytes, 0)
    while (bytes > this.maxBytes && this.contexts.length > 0) {
      const oldest = this.contexts.shift()!
      bytes -= oldest.cache.bytes
      oldest.cache.dispose()
    }
  }

  clear(): void {
    for (const { cache } of this.contexts) cache.dispose()
    this.contexts = []
  }
}

/** How many tokens two sequences share from the start. */
export function commonPrefix(a: readonly number[], b: readonly number[]): number {
  const length = Math.min(a.length, b.length)
  let n = 0
  while (n < length && a[n] === b[n]) n++
  return n
}
