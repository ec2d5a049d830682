import type { TextToken } from '../../decoder/index.ts'
import { type ChoicePiece, textOf, tokensOf } from '../engine/choices.ts'
import type { Answer, AnswerHead } from './answer.ts'
import { completionLogprobs, type TokenNames } from './logprobs.ts'
import { UsageCount } from './usage.ts'

export interface CompletionAnswerOptions {
  n: number
  logprobs: boolean
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
    const choices: object[] = []
    let text = ''
    let tokens: TextToken[] = []
    for await (const piece of pieces) {
      usage.add(piece)
      text += textOf(piece)
      tokens.push(...tokensOf(piece))
      if (!piece.done) continue
      choices.push({
        index: piece.index,
        text: this.#promptOf(piece.index) + text,
        logprobs: this.#logprobs(tokens, 0),
        finish_reason: piece.done.finish_reason,
        stop_reason: piece.done.stop_reason,
      })
      text = ''
      tokens = []
    }
    return { ...this.#head, object: 'text_completion', choices, usage }
  }

  async *stream(pieces: AsyncIterable<ChoicePiece>): AsyncGenerator<object[]> {
    const usage = new UsageCount(this.#options.n)
    let opened = -1
    let offset = 0
    for await (const piece of pieces) {
      usage.add(piece)
      const { index, done } = piece
      const isFirst = index !== opened
      opened = index
      if (isFirst) offset = 0
      const text = (isFirst ? this.#promptOf(index) : '') + textOf(piece)
      const choice = {
        index,
        text,
        logprobs: this.#logprobs(tokensOf(piece), offset),
        finish_reason: done?.finish_reason ?? null,
        ...(done && { stop_reason: done.stop_reason }),
      }
      offset += text.length
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

  #logprobs(tokens: TextToken[], offset: number) {
    return this.#options.logprobs ? completionLogprobs(tokens, this.#names, offset) : null
  }
}
