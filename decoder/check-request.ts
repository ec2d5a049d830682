import { STRUCTURED_OUTPUTS } from './constraints/index.ts'
import { DecodingError } from './errors.ts'
import type { LanguageModel, ModelConfig } from './language-model.ts'
import type { GenerationOptions } from './options.ts'
import { checkSlidingWindow } from './sliding-window.ts'
import { checkBeams, checkSpeculative } from './strategies/index.ts'

/**
 * What no schema can check: whether prompt and options fit each other and this model.
 *
 * @throws {DecodingError} naming the option at fault
 */
export function checkRequest(
  model: LanguageModel,
  prompt: readonly number[],
  options: GenerationOptions,
  draft: LanguageModel | null = null,
): void {
  const { config } = model
  checkPrompt(config, prompt)
  checkTokenIds(options, config.vocabSize)
  checkBeams(options)
  checkSpeculative(options, model, draft)
  checkStructured(options)
  checkSlidingWindow(model, options)
  if (prompt.length >= config.contextLength && options.max_tokens !== 0) {
    throw tooLong(config, prompt.length)
  }
  if (options.max_tokens != null && options.min_tokens > options.max_tokens) {
    throw new DecodingError(
      `min_tokens (${options.min_tokens}) is over max_tokens (${options.max_tokens})`,
      'invalid_value',
      'min_tokens',
    )
  }
}

/** What decides tokens regardless of those before them can't keep to a structure. */
function checkStructured(options: GenerationOptions): void {
  const { structured_outputs, tool_calls, semi_autoregressive } = options
  const at = structured_outputs ? (structured_outputs.at ?? STRUCTURED_OUTPUTS) : 'tools'
  if (!structured_outputs && !tool_calls) return
  for (const name of ['forced_bos_token_id', 'forced_eos_token_id'] as const) {
    if (options[name] == null) continue
    throw new DecodingError(`${name} does not go with ${at}`, 'invalid_value', name)
  }
  if (semi_autoregressive?.passes != null) {
    const param = 'semi_autoregressive.passes'
    throw new DecodingError(
      `${param} makes chunks lossy: leave it out with ${at}`,
      'invalid_value',
      param,
    )
  }
}

/** The same for a text that is only read. @throws {DecodingError} */
export function checkText({ config }: LanguageModel, ids: readonly number[]): void {
  checkPrompt(config, ids)
  if (ids.length > config.contextLength) throw tooLong(config, ids.length)
}

/** The same for places to be filled after a prompt. @throws {DecodingError} */
export function checkPlaces(
  { config }: LanguageModel,
  prompt: readonly number[],
  length: number,
): void {
  const room = config.contextLength - prompt.length
  if (Number.isInteger(length) && length >= 1 && length <= room) return
  throw new DecodingError(
    `There must be 1 to ${room} places after this prompt, not ${length}`,
    'invalid_value',
    'length',
  )
}

function checkPrompt(config: ModelConfig, prompt: readonly number[]): void {
  if (prompt.length === 0) {
    throw new DecodingError('The prompt holds no tokens', 'invalid_value', 'prompt')
  }
  const outside = prompt.find((id) => !(Number.isInteger(id) && id >= 0 && id < config.vocabSize))
  if (outside !== undefined) {
    throw new DecodingError(
      `Token id ${outside} is not in the vocabulary of ${config.vocabSize} tokens`,
      'invalid_value',
      'prompt',
    )
  }
}

function tooLong({ contextLength }: ModelConfig, length: number): DecodingError {
  return new DecodingError(
    `This model's maximum context length is ${contextLength} tokens, but the prompt has ${length}`,
    'context_length_exceeded',
    'messages',
  )
}

function checkTokenIds(options: GenerationOptions, vocabSize: number): void {
  for (const [param, id] of idsOf(options)) {
    if (id < vocabSize) continue
    throw new DecodingError(
      `Token id ${id} is not in the vocabulary of ${vocabSize} tokens`,
      'invalid_value',
      param,
    )
  }
}

/** Every token id that options name, with where it stands. */
function* idsOf(options: GenerationOptions): Generator<[param: string, id: number]> {
  for (const name of ['stop_token_ids', 'suppress_tokens', 'allowed_token_ids'] as const) {
    for (const [i, id] of (options[name] ?? []).entries()) yield [`${name}[${i}]`, id]
  }
  for (const name of ['bad_words_ids', 'dry_sequence_breaker_ids'] as const) {
    for (const [i, ids] of options[name].entries())
      for (const [k, id] of ids.entries()) yield [`${name}[${i}][${k}]`, id]
  }
  for (const [i, spellings] of options.force_words_ids.entries())
    for (const id of spellings.flat()) yield [`force_words_ids[${i}]`, id]
  for (const id of Object.keys(options.logit_bias)) yield [`logit_bias.${id}`, Number(id)]
  const { forced_bos_token_id, forced_eos_token_id } = options
  if (forced_bos_token_id != null) yield ['forced_bos_token_id', forced_bos_token_id]
  for (const id of [forced_eos_token_id ?? []].flat()) yield ['forced_eos_token_id', id]
}
