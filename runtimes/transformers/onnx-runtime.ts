import type { InferenceSession, TensorConstructor } from 'onnxruntime-web'

/** What the builds of ONNX Runtime Web have in common; each platform brings the build that runs there. */
export interface OnnxRuntime {
  InferenceSession: {
    create(graph: Uint8Array, options: InferenceSession.SessionOptions): Promise<InferenceSession>
  }
  Tensor: TensorConstructor
  env: { versions: { web?: string } }
}

/** Weights that are stored with scales become numbers once, when the file is loaded, and not in each pass. */
export const UNPACKED_ONCE = { session: { disable_quant_qdq: '1' } }

export type Session = InferenceSession
export type { Tensor } from 'onnxruntime-web'
