import type { Engine } from './engine.ts'

export const FLARE = 'Flare'

/** What we call of @sauravpanda/flare, whose own types come with a package that is installed only to be measured. */
export interface FlareModule {
  initSync(options: { module: WebAssembly.Module }): unknown
  FlareEngine: { load(gguf: Uint8Array): FlareEngine }
}

interface FlareEngine {
  reset(): void
  begin_stream(ids: Uint32Array, maxTokens: number): void
  /** Undefined at an end token. */
  next_token(): number | undefined
  free(): void
}

/** The published module doesn't parse: a comment in it holds the end of a comment. @returns it without comments */
export function withoutComments(source: string): string {
  return source.replace(/^[ \t]*\/\*\*\n(?:[ \t]*\*.*\n)+/gm, '')
}

/** It has no way to go on past an end token: the model is given without one. */
function withoutEndToken(gguf: Uint8Array): Uint8Array {
  const key = new TextEncoder().encode('tokenizer.ggml.eos_token_id')
  const copy = gguf.slice()
  for (let at = copy.indexOf(key[0]!); at >= 0; at = copy.indexOf(key[0]!, at + 1)) {
    if (!key.every((byte, i) => copy[at + i] === byte)) continue
    copy.set(new TextEncoder().encode('x'), at)
    return copy
  }
  return copy
}

/** Flare on its WebAssembly SIMD path, by its greedy stream of tokens. `initSync` has run. */
export function openFlare({ FlareEngine }: FlareModule, gguf: Uint8Array): Engine {
  const engine = FlareEngine.load(withoutEndToken(gguf))
  return {
    name: FLARE,
    async run({ ids }, count) {
      engine.reset()
      const start = performance.now()
      engine.begin_stream(Uint32Array.from(ids), count + 1)
      const read = performance.now()
      let made = 0
      while (made < count && engine.next_token() !== undefined) made++
      const done = performance.now()
      if (made < count) throw new Error(`${FLARE} stopped after ${made} of ${count} tokens`)
      return { prefill: read - start, decode: (1000 * made) / (done - read) }
    },
    close: async () => engine.free(),
  }
}
