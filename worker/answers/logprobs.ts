import type { TextToken, Tokenizer } from '../../decoder/index.ts'

/** Names tokens as OpenAI's logprobs do. */
export class TokenNames {
  readonly #tokenizer: Tokenizer
  readonly #control: Map<number, string>

  constructor(tokenizer: Tokenizer) {
    this.#tokenizer = tokenizer
    this.#control = new Map([...tokenizer.specialTokens].map(([text, id]) => [id, text]))
  }

  /**
   * The token's text; a control token's name; and for a token that is only part of a character its bytes, spelled
   * `bytes:\xf0\x9f`, so that different tokens never have the same name.
   */
  of(id: number): string {
    return this.#control.get(id) ?? nameOf(this.bytes(id))
  }

  bytes(id: number): Uint8Array {
    return this.#tokenizer.bytes(id)
  }
}

function nameOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return `bytes:${[...bytes].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')}`
  }
}

/** Chat's shape: an entry a token. Bytes let the reader put split characters together. */
export function chatLogprobs(tokens: readonly TextToken[], names: TokenNames) {
  const entry = ({ id, logprob }: { id: number; logprob: number }) => ({
    token: names.of(id),
    logprob: finite(logprob),
    bytes: [...names.bytes(id)],
  })
  return {
    content: tokens.map((token) => ({ ...entry(token), top_logprobs: token.top.map(entry) })),
    refusal: null,
  }
}

/**
 * Completions' shape: parallel arrays. `top_logprobs` always holds the chosen token too, beyond the number asked for
 * if it is not among the likeliest.
 *
 * @param offset  where in the choice's text the first token begins, in UTF-16 units
 */
export function completionLogprobs(
  tokens: readonly TextToken[],
  names: TokenNames,
  offset: number,
) {
  const text_offset: number[] = []
  const decoder = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true })
  for (const token of tokens) {
    text_offset.push(offset)
    offset += decoder.decode(token.bytes, { stream: true }).length
  }
  return {
    tokens: tokens.map(({ id }) => names.of(id)),
    token_logprobs: tokens.map(({ logprob }) => finite(logprob)),
    top_logprobs: tokens.map(({ id, logprob, top }) => {
      const all = top.some((other) => other.id === id) ? top : [...top, { id, logprob }]
      return Object.fromEntries(all.map((other) => [names.of(other.id), finite(other.logprob)]))
    }),
    text_offset,
  }
}

/** JSON has no infinity; this is what OpenAI's API gives for a token that can't be. */
const finite = (logprob: number) => Math.max(logprob, -9999)
