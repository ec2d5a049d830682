import { type LlamaConfig, llamaTensors, readLlamaConfig, type TensorRule } from './llama.ts'
import { inWords } from './settings.ts'
import type { GgufHeader, GgufMetadata, GgufTensor } from './types.ts'
import { unusable } from './unusable.ts'

/** What is to be known of an architecture to check a file of it. */
interface Architecture {
  readConfig(metadata: GgufMetadata): LlamaConfig
  tensors(config: LlamaConfig): Map<string, TensorRule>
}

/** The architectures that can be loaded, by `general.architecture`. To add one: its line here, and its file. */
const ARCHITECTURES: Record<string, Architecture> = {
  llama: { readConfig: readLlamaConfig, tensors: llamaTensors },
}

export interface LlamaModel {
  /** With `tied`: the embedding is the output matrix too. */
  config: LlamaConfig & { tied: boolean }
  /** By name (`blk.0.attn_q.weight`): all that the architecture needs, in the right shapes, and no other. */
  tensors: Record<string, GgufTensor>
}

/**
 * The model that a file holds.
 *
 * @throws {DecodingError} `model_unusable` if a tensor is missing, misshapen or unknown, or a setting is not supported
 */
export function llamaModel(header: GgufHeader): LlamaModel {
  const { metadata } = header
  const architecture = findArchitecture(metadata)
  const config = architecture.readConfig(metadata)
  const rules = architecture.tensors(config)
  const tensors: Record<string, GgufTensor> = {}
  for (const tensor of header.tensors) {
    const rule = rules.get(tensor.name)
    // A tensor that is not used is a computation that is not done.
    if (!rule) throw unusable(`tensor ${inWords(tensor.name)} is not supported`)
    checkTensor(tensor, rule, metadata)
    tensors[tensor.name] = tensor
  }
  for (const [name, { optional }] of rules) {
    if (!optional && !tensors[name]) throw unusable(`it lacks tensor "${name}"`)
  }
  return { config: { ...config, tied: !tensors['output.weight'] }, tensors }
}

function findArchitecture(metadata: GgufMetadata): Architecture {
  const parts = metadata.get('split.count')
  if (typeof parts === 'number' && parts > 1)
    throw unusable(`it is one of ${parts} parts of a model`)
  const name = metadata.get('general.architecture')
  if (name === undefined) throw unusable('its metadata lacks general.architecture')
  const known = Object.keys(ARCHITECTURES)
  if (typeof name === 'string' && Object.hasOwn(ARCHITECTURES, name)) return ARCHITECTURES[name]!
  throw unusable(`its architecture is ${inWords(name)}; supported: ${known.join(', ')}`)
}

function checkTensor(tensor: GgufTensor, rule: TensorRule, metadata: GgufMetadata): void {
  const { name, shape, type } = tensor
  if (shape.join() !== rule.shape.join()) {
    const tokens = metadata.get('tokenizer.ggml.tokens')
    if (name === 'token_embd.weight' && shape[0] === rule.shape[0] && Array.isArray(tokens)) {
      throw unusable(`it lists ${tokens.length} tokens, but embeds ${shape[1] ?? 1}`)
    }
    throw unusable(
      `tensor "${name}" has the shape ${shape.join(' × ')}, not ${rule.shape.join(' × ')}`,
    )
  }
  if (rule.types && !rule.types.includes(type)) {
    throw unusable(`tensor "${name}" has the type ${type}, not ${rule.types.join(' or ')}`)
  }
}
