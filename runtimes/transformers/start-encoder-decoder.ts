import type { TokenRules } from '../../decoder/encoder-decoder.ts'
import { DecodingError } from '../../decoder/errors.ts'
import { describeGraph } from './decoder-graph.ts'
import { OnnxEncoderDecoderModel } from './encoder-decoder-model.ts'
import { attentionHeads, firstNumber, logitsWidth, modelConfig } from './model-config.ts'
import type { ModelParts } from './model-parts.ts'
import type { Session } from './onnx-runtime.ts'
import { graphNames } from './weights.ts'

/**
 * Puts an encoder and its decoder together.
 *
 * @throws {DecodingError} `model_unusable` if the graphs or the files do not fit that
 */
export function startEncoderDecoder(
  { config, generation, runtime, graphFiles, weights }: ModelParts,
  sessions: ReadonlyMap<string, Session>,
  fingerprint: string,
): OnnxEncoderDecoderModel {
  const [encoder, decoder] = graphNames(config).map((name) => sessions.get(name)!)
  const start = firstNumber(generation.decoder_start_token_id, config.decoder_start_token_id)
  if (start === null) {
    throw new DecodingError(
      'The files do not tell the decoder’s start token (decoder_start_token_id)',
      'model_unusable',
      'model',
    )
  }
  // The encoder is not run again for each token.
  const bytes = [...graphFiles]
    .filter(([name]) => name.includes('decoder_model'))
    .reduce((sum, [, file]) => sum + file.length, 0)
  const described = modelConfig(config, generation, {
    vocabSize: logitsWidth(decoder!),
    parameters: Math.round(bytes / weights.precision.bytesPerWeight),
    fingerprint,
  })
  return new OnnxEncoderDecoderModel({
    runtime,
    encoder: encoder!,
    session: decoder!,
    graph: describeGraph(decoder!, attentionHeads(config), true),
    config: described,
    targetStart: [start],
    sourceEnd: described.eosIds[0] ?? null,
    rules: tokenRules({ ...config, ...generation }),
  })
}

/** Those of the options by these names that the files set. */
function tokenRules(settings: Record<string, unknown>): TokenRules {
  const names = ['forced_bos_token_id', 'forced_eos_token_id', 'bad_words_ids', 'suppress_tokens']
  return Object.fromEntries(
    names.filter((name) => settings[name] != null).map((name) => [name, settings[name]]),
  )
}
