import type { TextToken, Tokenizer, TokenScore } from '../../decoder/index.ts'

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

  /**
   * Where in a prompt's text each of its tokens begins, in UTF-16 units. A control token takes up room only where the
   * text spells it.
   */
  offsets(ids: readonly number[], text: string): number[] {
    const decoder = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true })
    let offset = 0
    let dropsSpace = this.#tokenizer.dropsLeadingSpace
    return ids.map((id) => {
      const start = offset
      const name = this.#control.get(id)
      if (name !== undefined) {
        if (text.startsWith(name, offset)) offset += name.length
        return start
      }
      const piece = decoder.decode(this.bytes(id), { stream: true })
      const isDropped = dropsSpace && piece.startsWith(' ') && !text.startsWith(' ', offset)
      offset += piece.length - (isDropped ? 1 : 0)
      dropsSpace &&= piece === ''
      return start
    })
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

/** The same arrays for the tokens of an echoed prompt. The first has no context, so no probability. */
export function echoedLogprobs(
  prompt: readonly TokenScore[],
  names: TokenNames,
  { text, top }: { text: string; top: number },
) {
  return {
    tokens: prompt.map(({ id }) => names.of(id)),
    token_logprobs: prompt.map(({ logprob }) => (logprob === null ? null : finite(logprob))),
    top_logprobs: prompt.map((token) => {
      if (token.logprob === null) return null
      const likeliest = token.top.slice(0, top)
      const isAmong = likeliest.some(({ id }) => id === token.id)
      const all = isAmong ? likeliest : [...likeliest, { id: token.id, logprob: token.logprob }]
      return Object.fromEntries(all.map(({ id, logprob }) => [names.of(id), finite(logprob)]))
    }),
    text_offset: names.offsets(
      prompt.map(({ id }) => id),
      text,
    ),
  }
}

/** vLLM's `prompt_logprobs`: for each token a record by id of itself and the likeliest in its place; null for the first. */
export function promptLogprobs(prompt: readonly TokenScore[], names: TokenNames, count: number) {
  return prompt.map(({ id, logprob, rank, top }) => {
    if (logprob === null || rank === null) return null
    const entries = top.slice(0, count).map((other, i) => ({ ...other, rank: i + 1 }))
    if (!entries.some((other) => other.id === id)) entries.push({ id, logprob, rank })
    return Object.fromEntries(
      entries.map((entry) => [
        entry.id,
        { logprob: finite(entry.logprob), rank: entry.rank, decoded_token: names.of(entry.id) },
      ]),
    )
  })
}

/** JSON has no infinity; this is what OpenAI's API gives for a token that can't be. */
export const finite = (logprob: number) => Math.max(logprob, -9999)
