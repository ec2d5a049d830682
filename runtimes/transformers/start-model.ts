import { DecodingError } from '../../decoder/errors.ts'
import type { LanguageModel } from '../../decoder/language-model.ts'
import { sha256 } from '../files/hash.ts'
import { describeGraph } from './decoder-graph.ts'
import { reasonInWords } from './engine-error.ts'
import { OnnxHeads } from './heads.ts'
import { OnnxLanguageModel } from './language-model.ts'
import { attentionHeads, logitsWidth, modelConfig } from './model-config.ts'
import type { ModelParts } from './model-parts.ts'
import { type Session, UNPACKED_ONCE } from './onnx-runtime.ts'
import { startEncoderDecoder } from './start-encoder-decoder.ts'
import { loadSessions } from './transformers-js.ts'

/** Makes fetched weights run on one kind of processor. */
export async function startModel(
  parts: ModelParts,
  provider: 'wasm' | 'webgpu',
): Promise<LanguageModel> {
  const { config, runtime, weights, graphFiles, source } = parts
  let sessions = new Map<string, Session>()
  try {
    // Before the session: from there on nothing waits, so that no request can go away in between.
    const mark = await fingerprint(parts, provider)
    sessions = await loadSessions({
      runtime,
      files: graphFiles,
      config,
      dtype: weights.precision.dtype,
      sessionOptions: {
        executionProviders: [provider],
        extra: UNPACKED_ONCE,
        // Caches stay on the graphics processor: they are large, and each pass needs them there.
        ...(provider === 'webgpu' && { preferredOutputLocation: presentOnGpu(config) }),
      },
    })
    if (config.is_encoder_decoder === true) return startEncoderDecoder(parts, sessions, mark)
    const session = sessions.get('model')!
    const graph = describeGraph(session, attentionHeads(config))
    const model = modelConfig(config, parts.generation, {
      vocabSize: logitsWidth(session),
      parameters: Math.round(sizeOf(graphFiles) / weights.precision.bytesPerWeight),
      fingerprint: mark,
    })
    // Gemma 3 counts its positions from one.
    const firstPosition = /^(paligemma|gemma3)/.test(String(config.model_type)) ? 1 : 0
    const heads = parts.heads
      ? await OnnxHeads.start(runtime, parts.heads, session, model.vocabSize)
      : null
    return new OnnxLanguageModel({ runtime, session, graph, config: model, firstPosition, heads })
  } catch (error) {
    for (const session of sessions.values()) await session.release()
    if (error instanceof DecodingError) throw error
    throw new DecodingError(
      `The model "${source.id}" can't be used: ${reasonInWords(error, config.model_type)}`,
      'model_unusable',
      'model',
    )
  }
}

export function sizeOf(files: ReadonlyMap<string, Uint8Array>): number {
  let bytes = 0
  for (const file of files.values()) bytes += file.length
  return bytes
}

/** The same for the same weights on the same kernels, wherever they run. */
async function fingerprint(parts: ModelParts, provider: string): Promise<string> {
  const hashes: string[] = []
  for (const bytes of parts.graphFiles.values()) {
    hashes.push((await sha256(bytes)) ?? `${bytes.length} bytes`)
  }
  const version = parts.runtime.env.versions.web ?? 'unknown'
  const text = JSON.stringify([provider, version, ...hashes])
  const hash = await sha256(new TextEncoder().encode(text))
  return `fp_${(hash ?? String(sizeOf(parts.graphFiles))).slice(0, 12)}`
}

function presentOnGpu(config: Record<string, unknown>): Record<string, 'gpu-buffer'> {
  const layers = Number(config.num_hidden_layers ?? config.n_layer ?? config.num_layers ?? 0)
  return Object.fromEntries(
    Array.from({ length: layers }, (_, layer) => [
      [`present.${layer}.key`, 'gpu-buffer'] as const,
      [`present.${layer}.value`, 'gpu-buffer'] as const,
    ]).flat(),
  )
}
