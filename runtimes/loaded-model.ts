import type { LanguageModel } from '../decoder/language-model.ts'
import type { LookupWeights } from '../decoder/lookup/index.ts'
import type { Tokenizer } from '../decoder/tokenizer.ts'

/** A model ready to decode with, and what its page or API tells about it. */
export interface LoadedModel {
  id: string
  model: LanguageModel
  tokenizer: Tokenizer
  /** Jinja source; undefined if the model was not made for chats. */
  chatTemplate: string | undefined
  /** What facts are looked up with for it, if its folder has that. */
  lookup: LookupWeights | null
  runtime: 'simd' | 'transformers.js'
  device: Device
  /** Why a better device was not used, in words for the visitor; null when nothing is to be said. */
  note: string | null
  /** `model_type` of the configuration: `llama`, `gpt2`, … */
  architecture: string
  /** As ONNX files are named (`q8`, `fp32`, `fp16`, `q4`, …), or the tensor type of a GGUF (`q8_0`, …). */
  quantization: string
  /** Size of the weights as downloaded. */
  bytes: number
  /** Bytes left for the keys and values of all sequences; null where the runtime has no bound of its own. */
  freeMemory: number | null
  /** Bytes that keys and values of one sequence take when it fills the context; null where the runtime does not tell. */
  sequenceBytes: number | null
}

export type Device = 'wasm' | 'webgpu'

/** Bytes over all files, the engine included; `loaded` never falls and ends at `total`. */
export interface LoadProgress {
  loaded: number
  total: number
}

export interface LoadOptions {
  /** How files are fetched; the platform's own `fetch` by default. */
  fetch?: typeof fetch
  onProgress?: (progress: LoadProgress) => void
  signal?: AbortSignal
  /** `auto` uses the graphics processor only where a model is big enough to gain from it. */
  device?: 'auto' | Device
  /** Most bytes of weights this place can take; refused before the download. */
  maxBytes: number
  /** Most bytes of memory for weights, scratch, keys and values together, where the runtime can hold to it. */
  maxMemory?: number
  /** URL of the folder with the engine's files, ending with "/"; only browsers fetch them. */
  runtimeBase?: string
}
