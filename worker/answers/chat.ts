import type { DoneEvent, TextToken, TokenScore } from '../../decoder/index.ts'
import { type ChoicePiece, scoreOf, textOf, tokensOf } from '../engine/choices.ts'
import type { Answer, AnswerHead } from './answer.ts'
import { chatLogprobs, promptLogprobs, type TokenNames } from './logprobs.ts'
import { byIndex, type Choice, OpenChoices } from './open-choices.ts'
import {
  CallReader,
  type MessageDelta,
  type MessageReader,
  messageOf,
  TextReader,
} from './tool-calls.ts'
import { UsageCount } from './usage.ts'

export interface ChatAnswerOptions {
  n: number
  logprobs: boolean
  /** Alternatives for each token of the prompt; null lists no probabilities of it. */
  promptLogprobs: number | null
  /** The answer may call tools. */
  hasTools: boolean
  /** Stream: end with a chunk that has the token counts. */
  includeUsage: boolean
}

/** `chat.completion`, or a stream of `chat.completion.chunk`. */
export class ChatAnswer implements Answer {
  readonly #head: AnswerHead
  readonly #names: TokenNames
  readonly #options: ChatAnswerOptions

  constructor(head: AnswerHead, names: TokenNames, options: ChatAnswerOptions) {
    this.#head = head
    this.#names = names
    this.#options = options
  }

  async whole(pieces: AsyncIterable<ChoicePiece>): Promise<object> {
    const usage = new UsageCount(this.#options.n)
    const choices: Choice[] = []
    const open = new OpenChoices(() => ({
      reader: this.#reader(),
      deltas: [] as MessageDelta[],
      tokens: [] as TextToken[],
    }))
    let prompt: readonly TokenScore[] | null = null
    for await (const piece of pieces) {
      usage.add(piece)
      prompt = piece.prompt
      const { reader, deltas, tokens } = open.of(piece.index).state
      deltas.push(...reader.push(textOf(piece)))
      tokens.push(...tokensOf(piece))
      if (!piece.done) continue
      choices.push({
        index: piece.index,
        message: messageOf([...deltas, ...reader.finish()]),
        logprobs: this.#logprobs(tokens),
        finish_reason: finishReason(piece.done, reader),
        stop_reason: piece.done.stop_reason,
        ...scoreOf(piece.done),
      })
    }
    choices.sort(byIndex)
    const { promptLogprobs: count } = this.#options
    const prompt_logprobs =
      count === null || !prompt ? undefined : promptLogprobs(prompt, this.#names, count)
    return { ...this.#head, object: 'chat.completion', choices, usage, prompt_logprobs }
  }

  async *stream(pieces: AsyncIterable<ChoicePiece>): AsyncGenerator<object[]> {
    const usage = new UsageCount(this.#options.n)
    const open = new OpenChoices(() => ({ reader: this.#reader() }))
    for await (const piece of pieces) {
      usage.add(piece)
      const { index, done, beams } = piece
      if (beams) yield [{ ...this.#chunk([], null), beams: { index, ...beams } }]
      if (piece.deltas.length === 0 && !done) continue
      const events: object[] = []
      const push = (delta: MessageDelta & { role?: string }, rest: object = {}) =>
        events.push(
          this.#chunk([{ index, delta, logprobs: null, finish_reason: null, ...rest }], null),
        )
      const { state, isFirst } = open.of(index)
      const { reader } = state
      if (isFirst) push({ role: 'assistant', content: '' })
      const deltas = [...reader.push(textOf(piece)), ...(done ? reader.finish() : [])]
      const logprobs = this.#logprobs(tokensOf(piece))
      // A token may have no text, as an end token, and is then of interest to whoever wants its probability alone.
      if (deltas.length === 0 && logprobs?.content.length) deltas.push({ content: '' })
      for (const [i, delta] of deltas.entries()) push(delta, i === 0 ? { logprobs } : {})
      if (done) {
        const { stop_reason } = done
        push({}, { finish_reason: finishReason(done, reader), stop_reason, ...scoreOf(done) })
      }
      // What may become a tag is held back, and then there is nothing to send.
      if (events.length > 0) yield events
    }
    if (this.#options.includeUsage) yield [this.#chunk([], usage)]
  }

  #chunk(choices: object[], usage: UsageCount | null): object {
    const chunk = { ...this.#head, object: 'chat.completion.chunk', choices }
    return this.#options.includeUsage ? { ...chunk, usage } : chunk
  }

  #logprobs(tokens: TextToken[]) {
    return this.#options.logprobs ? chatLogprobs(tokens, this.#names) : null
  }

  #reader(): MessageReader {
    return this.#options.hasTools ? new CallReader() : new TextReader()
  }
}

/** A message that calls something and is whole says so. */
function finishReason({ finish_reason }: DoneEvent, { calls }: MessageReader): string {
  return finish_reason === 'stop' && calls > 0 ? 'tool_calls' : finish_reason
}
