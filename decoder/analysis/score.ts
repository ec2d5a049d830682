import type { TokenProbability } from '../events.ts'
import type { KVCache, LanguageModel } from '../language-model.ts'
import { exp } from '../numerics/exp-log.ts'
import { prefillChunk } from '../pacing.ts'
import { pause } from '../pause.ts'
import { describeNextToken, topTokens } from './next-token.ts'

/** What the model thinks of one token of a given text. */
export interface TokenScore {
  id: number
  /** ln p of the token after those before it; null for the first, which nothing precedes. */
  logprob: number | null
  /** Entropy of the distribution that the token was judged by, in nats; null for the first. */
  entropy: number | null
  /** 1 and one for each likelier token; null for the first. */
  rank: number | null
  /** The likeliest tokens in its place, best first; as many as were asked for. */
  top: TokenProbability[]
}

/** The tokens of a text, and their sums over those that have a logprob; null where there are none. */
export interface TextScore {
  tokens: TokenScore[]
  /** -Σ ln p, in nats. */
  nll: number
  /** e^(nll / tokens). */
  perplexity: number | null
  /** nll in bits / UTF-8 bytes of the tokens' text: comparable between tokenizers. */
  bits_per_byte: number | null
}

/**
 * Teacher-forced scoring: ln p(x) = Σ ln p(xₜ | x₍<t₎), all factors of a chunk in one parallel pass. It equals what
 * generating the same tokens one by one would report. The first token has no context, so it has no probability and is
 * not counted; tokenizers that put a token before every text give the text's own first one a context.
 *
 * @param cache   an empty cache; holds all tokens afterwards but the last, whose successor nobody asks for
 * @param tokens  at least one, at most the context's length + 1
 * @yields after each pass the tokens it scored, so that a caller can show life; then ends. Stops early if aborted
 */
export async function* scoreTokens(
  model: LanguageModel,
  cache: KVCache,
  tokens: readonly number[],
  { top = 0, signal }: { top?: number; signal?: AbortSignal | undefined } = {},
): AsyncGenerator<TokenScore[]> {
  const chunk = prefillChunk(model.config.parameters)
  yield [{ id: tokens[0]!, logprob: null, entropy: null, rank: null, top: [] }]
  for (let start = 0; start < tokens.length - 1 && !signal?.aborted; start += chunk) {
    const end = Math.min(start + chunk, tokens.length - 1)
    const step = { cache, tokens: tokens.slice(start, end), rows: 'all' as const }
    const [rows] = await model.forward([step])
    yield rows!.map((logits, i) => scoreOf(logits, tokens[start + i + 1]!, top))
    await pause()
  }
}

function scoreOf(logits: Float32Array, id: number, top: number): TokenScore {
  const { normaliser, entropy } = describeNextToken(logits)
  let rank = 1
  for (let other = 0; other < logits.length; other++) if (logits[other]! > logits[id]!) rank++
  return {
    id,
    logprob: logits[id]! - normaliser,
    entropy,
    rank,
    top: topTokens(logits, normaliser, top),
  }
}

/** @param bytesOf  UTF-8 bytes of a token's text; a control token has none */
export function summarise(tokens: TokenScore[], bytesOf: (token: TokenScore) => number): TextScore {
  let nll = 0
  let count = 0
  let bytes = 0
  for (const token of tokens) {
    if (token.logprob === null) continue
    nll -= token.logprob
    count++
    bytes += bytesOf(token)
  }
  return {
    tokens,
    nll,
    perplexity: count > 0 ? exp(nll / count) : null,
    bits_per_byte: bytes > 0 ? nll / Math.LN2 / bytes : null,
  }
}
