import { steps, type TokenizerJson } from './tokenizer-json.ts'

const utf8 = new TextEncoder()

/**
 * The bytes each token of a vocabulary stands for. A tokenizer's own `decode` works on whole texts and replaces what
 * is not whole UTF-8; a stream needs the bytes of one token, however many tokens a character is made of.
 *
 * @returns a function from the vocabulary's spelling of a token to its bytes
 */
export function tokenBytes(json: TokenizerJson): (token: string) => Uint8Array {
  const { model } = json
  const types = [...steps(json.pre_tokenizer), ...steps(json.decoder)].map((step) => step.type)
  if (types.includes('ByteLevel')) return byteLevelBytes
  if (model.type === 'WordPiece' || types.includes('WordPiece')) {
    const prefix = model.continuing_subword_prefix ?? '##'
    return (token) =>
      utf8.encode(token.startsWith(prefix) ? token.slice(prefix.length) : ` ${token}`)
  }
  const suffix = model.end_of_word_suffix
  if (suffix) {
    return (token) =>
      utf8.encode(token.endsWith(suffix) ? `${token.slice(0, -suffix.length)} ` : token)
  }
  const space = spaceMark(json)
  const hasBytes = model.byte_fallback || types.includes('ByteFallback')
  return (token) => {
    const byte = hasBytes && /^<0x([0-9A-F]{2})>$/i.exec(token)?.[1]
    if (byte) return Uint8Array.of(Number.parseInt(byte, 16))
    return utf8.encode(space ? token.replaceAll(space, ' ') : token)
  }
}

/** True if whole texts lose their first space when they are decoded. */
export function dropsLeadingSpace(json: TokenizerJson): boolean {
  if (json.model.type === 'WordPiece') return true
  return steps(json.decoder).some((step) =>
    step.type === 'Metaspace'
      ? (step.prepend_scheme ?? (step.add_prefix_space === false ? 'never' : 'always')) !== 'never'
      : step.type === 'Strip' && Number(step.start) > 0,
  )
}

/** The visible character that stands for a space in SentencePiece vocabularies; null if spaces are spaces. */
function spaceMark(json: TokenizerJson): string | null {
  for (const step of [...steps(json.decoder), ...steps(json.pre_tokenizer)]) {
    if (step.type === 'Metaspace') return String(step.replacement ?? '▁')
    const pattern = (step.pattern as { String?: string } | undefined)?.String
    if (step.type === 'Replace' && step.content === ' ' && pattern) return pattern
  }
  return null
}

/**
 * GPT-2 writes each byte as one visible character: printable Latin-1 as itself, the other 68 as U+0100 and up, in
 * order (openai/gpt-2, `bytes_to_unicode`).
 */
const BYTE_OF_CHARACTER = new Map<string, number>()
for (let byte = 0, moved = 0; byte < 256; byte++) {
  const visible = (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad)
  BYTE_OF_CHARACTER.set(String.fromCharCode(visible ? byte : 256 + moved++), byte)
}

function byteLevelBytes(token: string): Uint8Array {
  const bytes: number[] = []
  for (const character of token) {
    const byte = BYTE_OF_CHARACTER.get(character)
    // Not of this alphabet: a token that was added to the vocabulary as plain text.
    if (byte === undefined) return utf8.encode(token)
    bytes.push(byte)
  }
  return Uint8Array.from(bytes)
}
