import { DecodingError } from '../../decoder/errors.ts'
import type { Component, TokenizerJson } from './tokenizer-json.ts'

/** Longer clusters are looked up character by character, as the tokenizers library (Rust) does. */
const LONGEST_CLUSTER = 5

/**
 * SentencePiece's own normalization: a table of what is written for what, for most models Unicode's NFKC with all kinds
 * of spaces made one. The table is a double-array trie (Aoe 1989; the units are those of darts-clone) over UTF-8, whose
 * values are places in a list of texts that end with a zero byte.
 *
 * @param table  the `precompiled_charsmap` of `tokenizer.json`, in base64: the trie's size in bytes, the trie, the texts
 * @throws {DecodingError} `model_unusable` if it is not such a table
 */
export function precompiledNormalizer(table: string): (text: string) => string {
  const { units, texts } = parse(table)
  const utf8 = new TextEncoder()

  /** What is written for the shortest beginning of `text` that the table has. */
  const replacement = (bytes: Uint8Array): string | null => {
    let node = offset(units[0]!)
    for (const byte of bytes) {
      node ^= byte
      const unit = units[node] ?? 0
      if ((unit & 0x8000_00ff) !== byte) return null
      node ^= offset(unit)
      if (unit & 0x100) return textAt(texts, (units[node] ?? 0) & 0x7fff_ffff)
    }
    return null
  }
  const clusters = new Intl.Segmenter('und', { granularity: 'grapheme' })

  return (text) => {
    let normalized = ''
    for (const { segment } of clusters.segment(text)) {
      const bytes = utf8.encode(segment)
      const whole = bytes.length <= LONGEST_CLUSTER ? replacement(bytes) : null
      if (whole !== null) normalized += whole
      else
        for (const character of segment)
          normalized += replacement(utf8.encode(character)) ?? character
    }
    return normalized
  }
}

/**
 * Takes the first step of a tokenizer's normalizer off, if it is such a table: the tokenizers library for JavaScript
 * does not read tables, and what it does in their place breaks emoji apart.
 */
export function splitPrecompiled(normalizer: TokenizerJson['normalizer']): {
  first: (text: string) => string
  rest: Component | null
} {
  const list = normalizer?.type === 'Sequence' ? normalizer.normalizers : [normalizer]
  const [step, ...others] = Array.isArray(list) ? (list as (Component | null)[]) : []
  const table = step?.type === 'Precompiled' ? step.precompiled_charsmap : null
  if (typeof table !== 'string' || table === '') {
    return { first: (text) => text, rest: normalizer ?? null }
  }
  const rest = others.length > 0 ? { ...normalizer!, normalizers: others } : null
  return { first: precompiledNormalizer(table), rest }
}

function parse(table: string): { units: Uint32Array; texts: Uint8Array } {
  try {
    const bytes = Uint8Array.from(atob(table), (character) => character.charCodeAt(0))
    const view = new DataView(bytes.buffer)
    const size = view.getUint32(0, true)
    const units = Uint32Array.from({ length: size / 4 }, (_, i) => view.getUint32(4 + 4 * i, true))
    if (units.length > 0) return { units, texts: bytes.subarray(4 + size) }
  } catch {
    // Not base64, or shorter than it says.
  }
  throw new DecodingError(
    'tokenizer.json can’t be used: its precompiled_charsmap is no table of SentencePiece',
    'model_unusable',
    'model',
  )
}

/** From a unit to its children: XOR it with the unit's place. */
const offset = (unit: number) => ((unit >>> 10) << ((unit & 0x200) >>> 6)) >>> 0

function textAt(texts: Uint8Array, start: number): string {
  const end = texts.indexOf(0, start)
  return new TextDecoder().decode(texts.subarray(start, end < 0 ? texts.length : end))
}
