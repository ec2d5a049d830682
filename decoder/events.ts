/** What a strategy yields while it decodes: token ids, and what the model thought of each. */
export type GenerationEvent = TokenEvent | BeamsEvent | DraftEvent | DoneEvent

export interface TokenEvent {
  type: 'token'
  id: number
  /** ln p of this token under the model itself, before temperature and filters. */
  logprob: number
  /** Entropy of the model's next-token distribution in nats, before temperature and filters. */
  entropy: number
  /** The `top_logprobs` likeliest tokens, best first; empty if none were asked for. */
  top: TokenProbability[]
}

export interface TokenProbability {
  id: number
  logprob: number
}

/**
 * How a beam search stands after a step. Its answers follow when it is over, the best first, each as its `token` events
 * and a `done`.
 */
export interface BeamsEvent {
  type: 'beams'
  /** Still growing, best first (by group, if there are groups). */
  live: readonly BeamHypothesis[]
  /** Ended, best first; at most as many as there are beams. */
  finished: readonly BeamHypothesis[]
}

export interface BeamHypothesis {
  /** Generated tokens, an end token included. */
  readonly ids: number[]
  /** Sum of the tokens' log-probabilities, after the logits processors. */
  readonly logprob: number
  /** logprob / length^length_penalty, by which hypotheses are ranked; the prompt has no part in it. */
  readonly score: number
}

/** What one pass of speculative or chunked decoding made of its guesses; the tokens that came of them follow. */
export interface DraftEvent {
  type: 'draft'
  /** Tokens guessed, over all branches. */
  proposed: number
  /** Of these, how many became part of the text. */
  accepted: number
}

export interface DoneEvent {
  type: 'done'
  finish_reason: FinishReason
  /** The stop string, or the id out of `stop_token_ids`, that ended it; null for the model's own end or none. */
  stop_reason: number | string | null
  /** Of a beam search's hypothesis: what it is ranked by. */
  score?: number
  usage: Usage
}

/** `stop`: an end token or stop string; `length`: max_tokens or a full context; `abort`: the signal. */
export type FinishReason = 'stop' | 'length' | 'abort'

export interface Usage {
  prompt_tokens: number
  /** Prompt tokens whose keys and values were still in a cache, so they were not computed again. */
  cached_tokens: number
  /** Tokens generated, an end token included. */
  completion_tokens: number
  /** Of speculative and chunked decoding alone. */
  speculation?: Speculation
}

/** The drafts of a generation, over all its passes. */
export interface Speculation {
  proposed: number
  accepted: number
  /** Forward passes of the target model after the prompt. */
  passes: number
}

/** A generation as text: what `TextGenerator` makes of a strategy's events. */
export type TextEvent = TextDelta | BeamsEvent | DraftEvent | DoneEvent

export interface TextDelta {
  type: 'text'
  /** Whole characters only; never any part of a stop string. */
  text: string
  /** The tokens whose text this completes, in order. */
  tokens: TextToken[]
}

export interface TextToken extends Omit<TokenEvent, 'type'> {
  /** Bytes of the token; several tokens may share one character. */
  bytes: Uint8Array
}
