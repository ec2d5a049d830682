import { inWords } from './settings.ts'
import type { GgufMetadata } from './types.ts'
import { unusable } from './unusable.ts'

/** What a token is for (llama.h, `enum llama_token_type`). */
export const TokenKind = {
  normal: 1,
  unknown: 2,
  control: 3,
  /** Plain text that was added whole, and is found before all else. */
  userDefined: 4,
  /** Holds a place; no text becomes it. */
  unused: 5,
  byte: 6,
} as const

/** A vocabulary as a GGUF's metadata holds it. */
export interface Vocabulary {
  /** Tokens by id, as the file spells them. */
  tokens: readonly string[]
  /** The kind of each, of `TokenKind`. */
  kinds: ArrayLike<number>
  bosId: number | null
  /** Any of these ends a text or a turn. */
  eosIds: number[]
  unknownId: number | null
}

/** @throws {DecodingError} `model_unusable` if the list is missing, or an id lies outside it */
export function readVocabulary(metadata: GgufMetadata): Vocabulary {
  const tokens = texts(metadata, 'tokens')
  const kinds = numbers(metadata, 'token_type', tokens.length)
  const id = (name: string): number | null => {
    const key = `tokenizer.ggml.${name}_token_id`
    const value = metadata.get(key) ?? null
    if (value === null) return null
    if (typeof value !== 'number' || tokens[value] === undefined) {
      throw unusable(`${key} is ${inWords(value)}, but there are ${tokens.length} tokens`)
    }
    return value
  }
  // End of text, of a turn, and of a message that calls a tool.
  const ends = ['eos', 'eot', 'eom'].map(id).filter((end) => end !== null)
  return { tokens, kinds, bosId: id('bos'), eosIds: [...new Set(ends)], unknownId: id('unknown') }
}

/** A list of texts under `tokenizer.ggml`. */
export function texts(metadata: GgufMetadata, name: string): string[] {
  const list = metadata.get(`tokenizer.ggml.${name}`)
  if (Array.isArray(list)) return list
  throw unusable(`its metadata lacks the list tokenizer.ggml.${name}`)
}

/** A list of numbers under `tokenizer.ggml`, one for each token. */
export function numbers(metadata: GgufMetadata, name: string, length: number): ArrayLike<number> {
  const list = metadata.get(`tokenizer.ggml.${name}`)
  const isList = list instanceof Int32Array || list instanceof Uint32Array
  if (!isList && !(list instanceof Float32Array)) {
    throw unusable(`its metadata lacks the list tokenizer.ggml.${name}`)
  }
  if (list.length === length) return list
  throw unusable(`tokenizer.ggml.${name} has ${list.length} entries for ${length} tokens`)
}
