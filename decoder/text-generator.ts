import { type FilledText, parallelFill } from './analysis/parallel-fill.ts'
import { scoreTokens, summarise, type TextScore, type TokenScore } from './analysis/score.ts'
import { answerTexts } from './answer-texts.ts'
import { checkPlaces, checkRequest, checkText } from './check-request.ts'
import { type ChatMessage, ChatTemplate } from './conversation/chat-template.ts'
import { PrefixCache } from './conversation/prefix-cache.ts'
import { PromptEncoder } from './conversation/prompt-encoder.ts'
import { templateTokens } from './conversation/template-tokens.ts'
import { isEncoderDecoder, refuseEncoderDecoder, withRules } from './encoder-decoder.ts'
import type { TextEvent } from './events.ts'
import type { LanguageModel } from './language-model.ts'
import type { GenerationOptions } from './options.ts'
import { Scheduler } from './scheduler/scheduler.ts'
import { slidingCache } from './sliding-window.ts'
import { type Prompt, prefill, type ReadPrompt } from './strategies/prefill.ts'
import { Detokenizer } from './text/detokenizer.ts'
import { checkSameVocabulary } from './text/same-vocabulary.ts'
import { withWordTokens } from './text/word-tokens.ts'
import type { Tokenizer } from './tokenizer.ts'
import { withConstraint } from './tools/index.ts'

const DEFAULT_CONTEXT_BYTES = 16 * 2 ** 20

export interface TextGeneratorParts {
  model: LanguageModel
  tokenizer: Tokenizer
  /** Jinja source of the chat template; without one, chats are refused. */
  chatTemplate?: string | undefined
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
  private readonly draft: LanguageModel | null
  private readonly encoder: PromptEncoder
  private readonly prefixes: PrefixCache
  private readonly scheduler: Scheduler

  /**
   * @throws {DecodingError} template_error if the chat template is unusable, model_unusable if the draft model means other
   *         texts by its tokens
   */
  constructor({
    model,
    tokenizer,
    chatTemplate,
    draft,
    contextBytes,
    maxGenerations,
  }: TextGeneratorParts) {
    this.model = model
    this.tokenizer = tokenizer
    if (draft) checkSameVocabulary({ model, tokenizer }, draft)
    this.draft = draft?.model ?? null
    const variables = templateTokens(model.config, tokenizer)
    const template = chatTemplate ? new ChatTemplate(chatTemplate, variables) : null
    this.encoder = new PromptEncoder(tokenizer, template)
    this.prefixes = new PrefixCache(model, contextBytes ?? DEFAULT_CONTEXT_BYTES)
    this.scheduler = new Scheduler(model, maxGenerations)
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
  async read(
    prompt: readonly number[],
    options: GenerationOptions,
    signal?: AbortSignal,
  ): Promise<ReadPrompt | null> {
    checkRequest(this.model, prompt, options, this.draft)
    // What is wrong with a constraint is told before the prompt is read.
    withConstraint(options, this.tokenizer)
    const { tokens, cache } = await this.open(prompt, options)
    const cachedTokens = cache.length
    let seat: LanguageModel | null = null
    let logits: Float32Array | null = null
    try {
      seat = this.scheduler.enter()
      logits = await prefill(seat, { tokens, cache }, signal)
    } finally {
      if (!logits) cache.dispose()
      await seat?.dispose()
    }
    return logits && { tokens, cache, logits, cachedTokens, promptTokens: prompt.length }
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
  async *generate(
    prompt: readonly number[] | ReadPrompt,
    options: GenerationOptions,
    signal?: AbortSignal,
  ): AsyncGenerator<TextEvent[]> {
    const input = await this.open(prompt, options)
    const { cache } = input
    const promptTokens = 'logits' in prompt ? prompt.promptTokens : prompt.length
    const tokens = [...input.tokens]
    let seat: LanguageModel | null = null
    let failed = false
    try {
      seat = this.scheduler.enter()
      const { tokenizer } = this
      const ruled = isEncoderDecoder(this.model) ? withRules(options, this.model) : options
      const worded = withConstraint(withWordTokens(ruled, tokenizer), tokenizer)
      yield* answerTexts(input, worded, {
        model: seat,
        tokenizer,
        draft: this.draft,
        promptTokens,
        onToken: (id) => tokens.push(id),
        signal,
      })
    } catch (error) {
      failed = true
      throw error
    } finally {
      if (failed || isEncoderDecoder(this.model) || options.sliding_window) cache.dispose()
      else this.prefixes.put(tokens, cache, options.cache_salt)
      await seat?.dispose()
    }
  }

  /** A prompt with a cache of its own; for an encoder–decoder model, the beginning of a target whose source is read. */
  private async open(
    prompt: readonly number[] | ReadPrompt,
    options: GenerationOptions,
  ): Promise<Prompt> {
    const { model } = this
    if ('logits' in prompt) {
      checkRequest(this.model, prompt.tokens, options, this.draft)
      return { tokens: prompt.tokens, cache: prompt.cache.fork(), read: prompt }
    }
    checkRequest(model, prompt, options, this.draft)
    if (isEncoderDecoder(model)) {
      return { tokens: model.targetStart, cache: await model.encode(prompt) }
    }
    if (options.sliding_window) return { tokens: prompt, cache: slidingCache(model, options) }
    return { tokens: prompt, cache: this.prefixes.take(prompt, options.cache_salt) }
  }

  /**
   * How likely the model finds a given text: `scoreTokens` says how it is computed. Nothing cached helps, since every
   * position's logits are needed; but a generation that begins with these tokens finds them cached afterwards.
   *
   * @param ids      at least one, at most as many as the context holds
   * @param top      alternatives to list in place of each token
   * @param cacheSalt as the option `cache_salt`
   * @param onPass   called after each pass of a few hundred tokens at most
   * @returns what was scored until then if the signal stops it
   * @throws {DecodingError} if the tokens do not fit the context or the vocabulary
   */
  async score(
    ids: readonly number[],
    {
      top = 0,
      cacheSalt,
      signal,
      onPass,
    }: {
      top?: number
      cacheSalt?: string | null | undefined
      signal?: AbortSignal | undefined
      onPass?: () => void
    } = {},
  ): Promise<TextScore> {
    refuseEncoderDecoder(this.model, 'prompt')
    checkText(this.model, ids)
    const tokens: TokenScore[] = []
    const model = this.scheduler.enter()
    const cache = model.createCache()
    try {
      for await (const scored of scoreTokens(model, cache, ids, { top, signal })) {
        tokens.push(...scored)
        onPass?.()
      }
    } catch (error) {
      cache.dispose()
      throw error
    } finally {
      await model.dispose()
    }
    this.prefixes.put(ids, cache, cacheSalt)
    return summarise(tokens, ({ id }) => this.tokenizer.bytes(id).length)
  }

  /**
   * Fills all places after a prompt at once, and again until they settle: `parallelFill` says what it shows.
   *
   * @param length  places, ≥ 1
   * @throws {DecodingError} if prompt and places do not fit the context or the vocabulary
   */
  async fill(
    prompt: readonly number[],
    length: number,
    signal?: AbortSignal,
  ): Promise<FilledText[]> {
    refuseEncoderDecoder(this.model, 'prompt')
    checkText(this.model, prompt)
    checkPlaces(this.model, prompt, length)
    const model = this.scheduler.enter()
    try {
      return await parallelFill(model, prompt, length, signal)
    } finally {
      await model.dispose()
    }
  }

  /** Forgets every kept conversation. */
  clearContexts(): void {
    this.prefixes.clear()
  }
}
