import { fillText } from './analysis/fill-text.ts'
import type { FilledText } from './analysis/parallel-fill.ts'
import type { TextScore } from './analysis/score.ts'
import { type ScoreOptions, scoreText } from './analysis/score-text.ts'
import { type ChosenPrompt, choosePrompt, type PromptCandidate } from './choose-prompt.ts'
import { type ChatMessage, ChatTemplate } from './conversation/chat-template.ts'
import { PrefixCache } from './conversation/prefix-cache.ts'
import { PromptEncoder } from './conversation/prompt-encoder.ts'
import { templateTokens } from './conversation/template-tokens.ts'
import { isEncoderDecoder } from './encoder-decoder.ts'
import type { TextEvent } from './events.ts'
import { generateText } from './generate-text.ts'
import type { LanguageModel } from './language-model.ts'
import { Lookup, type LookupWeights, WordVectors } from './lookup/index.ts'
import { readPrompt } from './open-prompt.ts'
import type { GenerationOptions } from './options.ts'
import { Scheduler } from './scheduler/scheduler.ts'
import type { SharedModel } from './shared-model.ts'
import type { ReadPrompt } from './strategies/prefill.ts'
import { Detokenizer } from './text/detokenizer.ts'
import { checkSameVocabulary } from './text/same-vocabulary.ts'
import type { Tokenizer } from './tokenizer.ts'

const DEFAULT_CONTEXT_BYTES = 16 * 2 ** 20

export interface TextGeneratorParts {
  model: LanguageModel
  tokenizer: Tokenizer
  /** Jinja source of the chat template; without one, chats are refused. */
  chatTemplate?: string | undefined
  /** What facts are looked up with, if the model was made for it: chats are then narrowed as `Lookup` says. */
  lookup?: LookupWeights | null | undefined
  /** A faster model with the same vocabulary, whose guesses speculative decoding verifies. */
  draft?: { model: LanguageModel; tokenizer: Tokenizer } | null | undefined
  /** Most bytes of keys and values kept between requests for reuse. */
  contextBytes?: number
  /** Most texts generated or scored at once; 64 if left out. */
  maxGenerations?: number
}

/** A model with its tokenizer, as the edge, the device and the command line use it: text in, text out. */
export class TextGenerator {
  readonly model: LanguageModel
  readonly tokenizer: Tokenizer
  private readonly encoder: PromptEncoder
  private readonly shared: SharedModel
  private readonly lookup: Lookup | null
  private readonly declines: readonly number[]

  /**
   * @throws {DecodingError} template_error if the chat template is unusable, model_unusable if the draft model means other
   *         texts by its tokens
   */
  constructor({
    model,
    tokenizer,
    chatTemplate,
    lookup,
    draft,
    contextBytes,
    maxGenerations,
  }: TextGeneratorParts) {
    this.model = model
    this.tokenizer = tokenizer
    if (draft) checkSameVocabulary({ model, tokenizer }, draft)
    const variables = templateTokens(model.config, tokenizer)
    const template = chatTemplate ? new ChatTemplate(chatTemplate, variables) : null
    this.encoder = new PromptEncoder(tokenizer, template)
    this.shared = {
      model,
      tokenizer,
      draft: draft?.model ?? null,
      scheduler: new Scheduler(model, maxGenerations),
      prefixes: new PrefixCache(model, contextBytes ?? DEFAULT_CONTEXT_BYTES),
    }
    this.lookup = lookup ? new Lookup(new WordVectors(lookup, tokenizer)) : null
    this.declines = lookup ? tokenizer.encode(lookup.declines) : []
  }

  /** Text of the prompt that a chat becomes. @throws {DecodingError} template_error */
  renderChat(messages: readonly ChatMessage[]): string {
    return this.encoder.renderChat(messages)
  }

  /**
   * Ids of the prompt that a chat becomes; control tokens come from the template alone.
   *
   * @param openAnswer  false: the chat itself, with no answer begun after it
   * @throws {DecodingError} template_error
   */
  encodeChat(messages: readonly ChatMessage[], openAnswer = true): number[] {
    return this.encoder.encodeChat(messages, openAnswer)
  }

  /**
   * The prompts that a chat may become, for `choose`, the nearest first: one, as `encodeChat` makes it, unless facts are
   * looked up. Then the model reads of a system message what the last question needs (`Lookup` says how).
   *
   * @throws {DecodingError} template_error
   */
  promptsOf(messages: readonly ChatMessage[]): PromptCandidate[] {
    const chats = this.lookup?.narrow(messages) ?? [{ messages, nearness: 0 }]
    return chats.map(({ messages, nearness }) => ({ ids: this.encodeChat(messages), nearness }))
  }

  /**
   * The one of some prompts that is the likeliest to be answered; several are read for that.
   *
   * @throws {DecodingError} overloaded
   */
  choose(
    candidates: readonly PromptCandidate[],
    options: Pick<ScoreOptions, 'cacheSalt' | 'signal'> = {},
  ): Promise<ChosenPrompt> {
    return choosePrompt(this.shared, candidates, this.declines, options)
  }

  /**
   * Raw prompt to ids: control tokens are recognised, and the tokenizer's prefix id stands in front once. The source of an
   * encoder–decoder model has its end.
   */
  encodePrompt(text: string): number[] {
    const ids = this.encoder.encodePrompt(text)
    const end = isEncoderDecoder(this.model) ? this.model.sourceEnd : null
    return end === null || ids.at(-1) === end ? ids : [...ids, end]
  }

  /** Ids to text; control tokens have none. */
  decode(ids: Iterable<number>): string {
    const detokenizer = new Detokenizer(this.tokenizer.dropsLeadingSpace)
    let text = ''
    for (const id of ids) text += detokenizer.push(this.tokenizer.bytes(id))
    return text
  }

  /**
   * Reads a prompt once, for several answers to it: `generate` takes what this returns and works on a fork. The caller
   * disposes of its cache.
   *
   * @returns null if the signal stopped it
   * @throws {DecodingError} as `generate` does
   */
  read(
    prompt: readonly number[],
    options: GenerationOptions,
    signal?: AbortSignal,
  ): Promise<ReadPrompt | null> {
    return readPrompt(this.shared, prompt, options, signal)
  }

  /**
   * Generates from prompt ids, or from a prompt that was read; all texts in flight share the model's passes. Yields
   * batches: what was made since the last pause for other work, a few milliseconds, so one batch makes one chunk on the
   * wire. The last event is `done`; a beam search has a `text` and a `done` for each of its answers, the best first, and
   * `beams` events before them.
   *
   * @throws {DecodingError} before the first batch if the prompt does not fit the context or the options contradict, or
   *         if `maxGenerations` are in flight
   */
  generate(
    prompt: readonly number[] | ReadPrompt,
    options: GenerationOptions,
    signal?: AbortSignal,
  ): AsyncGenerator<TextEvent[]> {
    return generateText(this.shared, prompt, options, signal)
  }

  /**
   * How likely the model finds a given text: `scoreTokens` says how it is computed. Nothing cached helps, since every
   * position's logits are needed; but a generation that begins with these tokens finds them cached afterwards.
   *
   * @param ids  at least one, at most as many as the context holds
   * @returns what was scored until then if the signal stops it
   * @throws {DecodingError} if the tokens do not fit the context or the vocabulary
   */
  score(ids: readonly number[], options: ScoreOptions = {}): Promise<TextScore> {
    return scoreText(this.shared, ids, options)
  }

  /**
   * Fills all places after a prompt at once, and again until they settle: `parallelFill` says what it shows.
   *
   * @param length  places, ≥ 1
   * @throws {DecodingError} if prompt and places do not fit the context or the vocabulary
   */
  fill(prompt: readonly number[], length: number, signal?: AbortSignal): Promise<FilledText[]> {
    return fillText(this.shared, prompt, length, signal)
  }

  /** Forgets every kept conversation. */
  clearContexts(): void {
    this.shared.prefixes.clear()
  }
}
