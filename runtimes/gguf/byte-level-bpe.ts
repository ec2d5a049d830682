import type { ModelJson } from './model-json.ts'
import { inWords } from './settings.ts'
import type { GgufMetadata } from './types.ts'
import { quoted, unusable } from './unusable.ts'
import { texts, type Vocabulary } from './vocabulary.ts'

/** What a kind of text-splitting is in `tokenizer.json`, and what goes with it. */
interface PreTokenizer {
  steps: object[]
  normalizer?: object
  /** A word that is a token becomes that token, whatever the merges make of it. */
  ignoreMerges?: boolean
  /** What holds if the file doesn't say whether prompts begin with the begin token. */
  addsBos?: boolean
}

const GPT_2 = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true }
const BYTES = { ...GPT_2, use_regex: false }

/** Cuts where a pattern matches; both what matches and what lies between are kept. */
const split = (pattern: string) => ({
  type: 'Split',
  pattern: { Regex: pattern },
  behavior: 'Isolated',
  invert: false,
})

/** Pattern of GPT-4's kind (openai/tiktoken, cl100k_base), with numbers of at most `digits` digits. */
const gpt4 = (digits: string) =>
  `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}${digits}|` +
  ' ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+'

/** By `tokenizer.ggml.pre`. To add one: its line here, from the model's own `tokenizer.json`. */
const PRE_TOKENIZERS: Record<string, PreTokenizer> = {
  'gpt-2': { steps: [GPT_2] },
  // Its `Digits` step, which in Rust takes numbers of all scripts one by one; in the JavaScript library it does not.
  smollm: { steps: [split('\\p{N}'), GPT_2] },
  'llama-bpe': { steps: [split(gpt4('{1,3}')), BYTES], ignoreMerges: true, addsBos: true },
  qwen2: { steps: [split(gpt4('')), BYTES], normalizer: { type: 'NFC' } },
}

/** `tokenizer.ggml.model` = gpt2: BPE over bytes, each written as a visible character. */
export function byteLevelBpe(metadata: GgufMetadata, { tokens }: Vocabulary): ModelJson {
  const pre = metadata.get('tokenizer.ggml.pre')
  if (pre === undefined) throw unusable('its metadata lacks tokenizer.ggml.pre')
  if (typeof pre !== 'string' || !Object.hasOwn(PRE_TOKENIZERS, pre)) {
    const known = Object.keys(PRE_TOKENIZERS).join(', ')
    throw unusable(`its pre-tokenizer is ${inWords(pre)}; supported are ${known}`)
  }
  const { steps, normalizer, ignoreMerges = false, addsBos = false } = PRE_TOKENIZERS[pre]!
  return {
    addsBos,
    normalizer: normalizer ?? null,
    pre_tokenizer: { type: 'Sequence', pretokenizers: steps },
    decoder: GPT_2,
    model: { merges: readMerges(metadata, tokens), ignore_merges: ignoreMerges },
  }
}

/** Pairs that are joined, the first first. What they make must be tokens, or text would be lost. */
function readMerges(metadata: GgufMetadata, tokens: readonly string[]): [string, string][] {
  const known = new Set(tokens)
  return texts(metadata, 'merges').map((merge) => {
    const space = merge.indexOf(' ')
    const [left, right] = [merge.slice(0, space), merge.slice(space + 1)]
    const isKnown = known.has(left) && known.has(right) && known.has(left + right)
    if (space > 0 && isKnown) return [left, right]
    throw unusable(`the merge ${quoted(merge)} isn't of two tokens that make a third`)
  })
}
