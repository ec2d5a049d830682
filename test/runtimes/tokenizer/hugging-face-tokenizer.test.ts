import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Tokenizer } from '../../../decoder/tokenizer.ts'
import { createTokenizer } from '../../../runtimes/tokenizer/hugging-face-tokenizer.ts'

interface Fixture {
  tokenizer: Record<string, unknown>
  config: Record<string, unknown>
  prefix: number | null
  cases: { text: string; ids: number[]; decoded: string }[]
  lookalikes: string[]
}

/** Ids and texts by Hugging Face's own library (test/fixtures/make/small_tokenizers.py). */
const fixtures: Record<string, Fixture> = JSON.parse(
  readFileSync(new URL('../../fixtures/tokenizers.json', import.meta.url), 'utf8'),
)

function join(tokenizer: Tokenizer, ids: number[]): string {
  const bytes = ids.flatMap((id) => Array.from(tokenizer.bytes(id)))
  const text = new TextDecoder().decode(Uint8Array.from(bytes))
  return tokenizer.dropsLeadingSpace ? text.replace(/^ /, '') : text
}

describe.each(Object.entries(fixtures))('%s', (kind, fixture) => {
  const tokenizer = createTokenizer(fixture.tokenizer, fixture.config)

  test.each(fixture.cases)('encodes $text', ({ text, ids }) => {
    expect(tokenizer.encode(text)).toEqual(ids)
  })

  test.each(fixture.cases)('has the bytes of $text', ({ text, ids, decoded }) => {
    // WordPiece sets spaces around punctuation that only a whole text's clean-up can undo.
    if (kind === 'word_piece') {
      expect(join(tokenizer, ids).replaceAll(' ', '')).toBe(decoded.replaceAll(' ', ''))
    } else {
      expect(join(tokenizer, ids)).toBe(decoded)
    }
    if (kind === 'byte_level' || kind === 'llama_style') expect(join(tokenizer, ids)).toBe(text)
  })

  test.each(fixture.lookalikes)('takes %s for ordinary text', (text) => {
    const controls = new Set(tokenizer.specialTokens.values())
    // An unknown letter has no other id in vocabularies that lack tokens for bytes.
    if (kind === 'unigram') controls.delete(tokenizer.specialTokens.get('<unk>')!)
    if (kind === 'word_piece') controls.delete(tokenizer.specialTokens.get('[UNK]')!)
    expect(tokenizer.encode(text).filter((id) => controls.has(id))).toEqual([])
    expect(tokenizer.encode(text).length).toBeGreaterThan(1)
  })

  test('control tokens have ids and no bytes', () => {
    expect(tokenizer.specialTokens.size).toBe(3)
    for (const id of tokenizer.specialTokens.values()) expect(tokenizer.bytes(id)).toHaveLength(0)
  })

  test('knows what comes before a prompt', () => {
    expect(tokenizer.prefixId).toBe(fixture.prefix)
  })
})

test.each(['byte_level', 'llama_style'])('%s gives back any text', (kind) => {
  const tokenizer = createTokenizer(fixtures[kind]!.tokenizer, fixtures[kind]!.config)
  const controls = new Set(tokenizer.specialTokens.values())
  const text = fc.string({ unit: 'grapheme', maxLength: 60 })
  fc.assert(
    fc.property(fc.oneof(text, fc.string({ unit: 'binary' })), (value) => {
      const ids = tokenizer.encode(value)
      expect(join(tokenizer, ids)).toBe(value)
      expect(ids.some((id) => controls.has(id))).toBe(false)
    }),
    { seed: 7, numRuns: 300 },
  )
})

test('SentencePiece drops the first space of a text, byte-level BPE does not', () => {
  const drops = Object.entries(fixtures).map(([kind, { tokenizer, config }]) => [
    kind,
    createTokenizer(tokenizer, config).dropsLeadingSpace,
  ])
  expect(Object.fromEntries(drops)).toEqual({
    byte_level: false,
    llama_style: true,
    unigram: true,
    word_piece: true,
  })
})

test('half a surrogate pair becomes the replacement character', () => {
  const { tokenizer, config } = fixtures.byte_level!
  const made = createTokenizer(tokenizer, config)
  expect(join(made, made.encode('a\uD800b'))).toBe('a\uFFFDb')
})

test.each([
  ['a web page', '<!doctype html>', 'the file'],
  ['no model', { added_tokens: [] }, 'model'],
  ['a vocabulary of words', { model: { type: 'BPE', vocab: { a: 'one' } } }, 'model.vocab'],
  ['a model that is not known', { model: { type: 'Telepathy', vocab: {} } }, 'model.type'],
])('refuses %s', (_, json, place) => {
  expect(() => createTokenizer(json)).toThrow(
    expect.objectContaining({ code: 'model_unusable', message: expect.stringContaining(place) }),
  )
})
