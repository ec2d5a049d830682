import type { LoadedModel } from '../loaded-model.ts'
import type { ModelSource } from '../model-source.ts'
import type { OnnxRuntime } from './onnx-runtime.ts'
import type { Weights } from './weights.ts'

type Json = Record<string, unknown>

/** Everything of a model, fetched and checked, before an engine makes it run. */
export interface ModelParts {
  source: ModelSource
  config: Json
  generation: Json
  weights: Weights
  graphFiles: ReadonlyMap<string, Uint8Array<ArrayBuffer>>
  /** Multi-token heads, if the model has them. */
  heads: Uint8Array<ArrayBuffer> | null
  lookup: LoadedModel['lookup']
  tokenizer: LoadedModel['tokenizer']
  chatTemplate: string | undefined
  runtime: OnnxRuntime
}
