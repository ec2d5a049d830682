/** Bindings and settings of wrangler.toml; every setting is optional and is a plain string. */
export interface Env {
  readonly ASSETS: { fetch: typeof fetch }
  /** A hub id (`org/name`) or the URL of a model's folder; empty for the embedded model. */
  readonly MODEL?: string
  /** Like MODEL: a faster model with the same vocabulary, whose guesses speculative decoding verifies; none if empty. */
  readonly DRAFT_MODEL?: string
  /** Where hub ids are looked up; huggingface.co if empty. */
  readonly MODEL_HOST?: string
  /** Most megabytes of weights to load; see engine/load-model.ts for why there is a limit at all. */
  readonly MODEL_MAX_MB?: string
  /** Origins whose pages may call the API, separated by commas; any if empty. */
  readonly ALLOWED_ORIGINS?: string
}
