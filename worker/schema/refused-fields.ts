import { invalid } from '../http/api-error.ts'

export type Endpoint = 'chat' | 'completion'

/**
 * Fields that would change the answer and have no effect here: they are refused, since an answer that silently is not
 * what was asked for is worse than none. Each with the values that ask for nothing and so do no harm; null is always
 * one. A method that learns to honour a field deletes its line.
 */
const REFUSED: Record<string, { harmless?: (value: unknown) => boolean; only?: Endpoint }> = {
  // Tools
  tools: { harmless: isEmpty, only: 'completion' },
  tool_choice: { harmless: isOneOf('none', 'auto'), only: 'completion' },
  functions: { harmless: isEmpty },
  function_call: { harmless: isOneOf('none', 'auto') },
  // Constraints on the text
  guided_json_object: { harmless: isOneOf(false) },
  guided_whitespace_pattern: {},
  grammar_triggers: { harmless: isEmpty },
  grammar_lazy: { harmless: isOneOf(false) },
  // Logits processors
  repeat_penalty: { harmless: isOneOf(1) },
  encoder_repetition_penalty: { harmless: isOneOf(1) },
  sequence_bias: { harmless: isEmpty },
  begin_suppress_tokens: { harmless: isEmpty },
  guidance_scale: { harmless: isOneOf(1) },
  top_n_sigma: { harmless: isOneOf(-1, 0) },
  dynatemp_range: { harmless: isOneOf(0) },
  min_length: { harmless: isOneOf(0) },
  min_new_tokens: { harmless: isOneOf(0) },
  // Other ways to decode
  /** Contrastive search compares hidden states, and runtimes give none. */
  penalty_alpha: { harmless: isOneOf(0) },
  // Other things to answer with
  logprob_token_ids: { harmless: isEmpty },
  return_token_ids: { harmless: isOneOf(false) },
  return_tokens_as_token_ids: { harmless: isOneOf(false) },
  skip_special_tokens: { harmless: isOneOf(true) },
  modalities: { harmless: (value) => JSON.stringify(value) === '["text"]' },
  audio: {},
  web_search_options: {},
  // The prompt
  suffix: { harmless: isOneOf(''), only: 'completion' },
  echo: { harmless: isOneOf(false), only: 'chat' },
  truncate_prompt_tokens: {},
  add_special_tokens: { harmless: isOneOf(true), only: 'completion' },
  add_generation_prompt: { harmless: isOneOf(true), only: 'chat' },
  continue_final_message: { harmless: isOneOf(false), only: 'chat' },
  documents: { harmless: isEmpty },
  // A template is a program: only the model's own is ever run.
  chat_template: {},
  chat_template_kwargs: { harmless: isEmpty },
}

/** @throws {ApiError} 400 naming the first field that asks for what is not done here */
export function refuseUnsupported(body: Record<string, unknown>, endpoint: Endpoint): void {
  for (const [field, { harmless, only }] of Object.entries(REFUSED)) {
    const value = Object.hasOwn(body, field) ? body[field] : null
    if (value === null || (only && only !== endpoint) || harmless?.(value)) continue
    throw invalid(`${field} is not supported here.`, field, 'unsupported_value')
  }
}

/** True for a field that `refuseUnsupported` judges, so that it is not reported as ignored. */
export function isJudged(field: string): boolean {
  return Object.hasOwn(REFUSED, field)
}

function isOneOf(...values: unknown[]) {
  return (value: unknown) => values.includes(value)
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}
