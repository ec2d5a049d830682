import type { TextToken, TokenScore } from '../../decoder/index.ts'
import { type ChoicePiece, scoreOf, textOf, tokensOf } from '../engine/choices.ts'
import type { Answer, AnswerHead } from './answer.ts'
import { completionLogprobs, echoedLogprobs, promptLogprobs, type TokenNames } from './logprobs.ts'
import { byIndex, type Choice, OpenChoices } from './open-choices.ts'
import { UsageCount } from './usage.ts'

export interface CompletionAnswerOptions {
  n: number
  /** Alternatives for each token; null lists no probabilities. */
  logprobs: number | null
  /** The same for each token of the prompt, as a list of its own. */
  promptLogprobs: number | null
  includeUsage: boolean
  /** Text of each prompt, put before its answers; null if `echo` was not asked for. */
  echo: readonly string[] | null
}

/** `text_completion`, which is also what the chunks of its stream are called. */
export class CompletionAnswer implements Answer {
  readonly #head: AnswerHead
  readonly #names: TokenNames
  readonly #options: CompletionAnswerOptions

  constructor(head: AnswerHead, names: TokenNames, options: CompletionAnswerOptions) {
    this.#head = head
    this.#names = names
    this.#options = options
  }

  async whole(pieces: AsyncIterable<ChoicePiece>): Promise<object> {
    const usage = new UsageCount(this.#options.n)
    const choices: Choice[] = []
    const open = new OpenChoices(() => ({ text: '', tokens: [] as TextToken[] }))
    for await (const piece of pieces) {
      usage.add(piece)
      const { state } = open.of(piece.index)
      state.text += textOf(piece)
      state.tokens.push(...tokensOf(piece))
      if (!piece.done) continue
      choices.push({
        index: piece.index,
        text: this.#promptOf(piece.index) + state.text,
        logprobs: this.#logprobs(piece, state.tokens, null),
        finish_reason: piece.done.finish_reason,
        stop_reason: piece.done.stop_reason,
        ...scoreOf(piece.done),
        ...this.#promptLogprobs(piece.prompt),
      })
    }
    return { ...this.#head, object: 'text_completion', choices: choices.sort(byIndex), usage }
  }

  async *stream(pieces: AsyncIterable<ChoicePiece>): AsyncGenerator<object[]> {
    const usage = new UsageCount(this.#options.n)
    const open = new OpenChoices(() => ({ offset: 0 }))
    for await (const piece of pieces) {
      usage.add(piece)
      const { index, done, beams } = piece
      if (beams) yield [{ ...this.#chunk([], null), beams: { index, ...beams } }]
      if (piece.deltas.length === 0 && !done) continue
      const { state, isFirst } = open.of(index)
      const text = (isFirst ? this.#promptOf(index) : '') + textOf(piece)
      const choice = {
        index,
        text,
        logprobs: this.#logprobs(piece, tokensOf(piece), isFirst ? null : state.offset),
        finish_reason: done?.finish_reason ?? null,
        ...(done && { stop_reason: done.stop_reason, ...scoreOf(done) }),
      }
      state.offset += text.length
      yield [this.#chunk([choice], null)]
    }
    if (this.#options.includeUsage) yield [this.#chunk([], usage)]
  }

  #promptOf(index: number): string {
    return this.#options.echo?.[Math.floor(index / this.#options.n)] ?? ''
  }

  #chunk(choices: object[], usage: UsageCount | null): object {
    const chunk = { ...this.#head, object: 'text_completion', choices }
    return this.#options.includeUsage ? { ...chunk, usage } : chunk
  }

  /** @param offset  where in the choice's text these tokens begin; null: they are its first, after an echoed prompt's */
  #logprobs({ index, prompt }: ChoicePiece, tokens: TextToken[], offset: number | null) {
    const { logprobs, echo } = this.#options
    if (logprobs === null) return null
    const text = this.#promptOf(index)
    if (offset !== null || !echo || !prompt) {
      return completionLogprobs(tokens, this.#names, offset ?? text.length)
    }
    const echoed = echoedLogprobs(prompt, this.#names, { text, top: logprobs })
    const generated = completionLogprobs(tokens, this.#names, text.length)
    return {
      tokens: [...echoed.tokens, ...generated.tokens],
      token_logprobs: [...echoed.token_logprobs, ...generated.token_logprobs],
      top_logprobs: [...echoed.top_logprobs, ...generated.top_logprobs],
      text_offset: [...echoed.text_offset, ...generated.text_offset],
    }
  }

  #promptLogprobs(prompt: readonly TokenScore[] | null) {
    const { promptLogprobs: count } = this.#options
    if (count === null || !prompt) return null
    return { prompt_logprobs: promptLogprobs(prompt, this.#names, count) }
  }
}
