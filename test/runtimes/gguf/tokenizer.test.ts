import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ChatTemplate } from '../../../decoder/conversation/chat-template.ts'
import { PromptEncoder } from '../../../decoder/conversation/prompt-encoder.ts'
import type { Tokenizer } from '../../../decoder/tokenizer.ts'
import { parseHeader } from '../../../runtimes/gguf/header.ts'
import { ggufTokenizer } from '../../../runtimes/gguf/tokenizer.ts'
import type { GgufHeader, GgufMetadata, GgufValue } from '../../../runtimes/gguf/types.ts'
import { createTokenizer } from '../../../runtimes/tokenizer/hugging-face-tokenizer.ts'
import { writeGguf } from '../../support/gguf-writer.ts'
import { TOKENS, tinyLlama } from '../../support/tiny-llama.ts'

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url))
const readJson = (path: string) => JSON.parse(read(path).toString())

interface Fixture {
  metadata: Record<string, GgufValue | number[]>
  prefix: number | null
  cases: { text: string; ids: number[] }[]
}

/** Ids by the tokenizers' own libraries (test/fixtures/make/gguf_tokenizers.py). */
const fixtures: Record<string, Fixture> = readJson('test/fixtures/gguf-tokenizers.json')

/** As the parser gives it: lists of numbers are typed. */
function metadataOf(values: Fixture['metadata']): GgufMetadata {
  const lists: Record<string, (list: number[]) => GgufValue> = {
    token_type: (list) => Int32Array.from(list),
    scores: (list) => Float32Array.from(list),
  }
  return new Map(
    Object.entries(values).map(([key, value]) => [
      `tokenizer.ggml.${key}`,
      lists[key]?.(value as number[]) ?? (value as GgufValue),
    ]),
  )
}

function join(tokenizer: Tokenizer, ids: number[]): string {
  const bytes = ids.flatMap((id) => Array.from(tokenizer.bytes(id)))
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(bytes))
  return tokenizer.dropsLeadingSpace ? text.replace(/^ /, '') : text
}

describe.each(Object.entries(fixtures))('%s', (name, { metadata, prefix, cases }) => {
  const made = ggufTokenizer(metadataOf(metadata))
  const { tokenizer } = made

  test.each(cases)('encodes $text', ({ text, ids }) => {
    expect(tokenizer.encode(text)).toEqual(ids)
    expect(join(tokenizer, ids)).toBe(name === 'qwen2' ? text.normalize('NFC') : text)
  })

  test('knows what its tokens are for', () => {
    expect(tokenizer.vocabSize).toBe((metadata.tokens as string[]).length)
    expect(tokenizer.prefixId).toBe(prefix)
    expect(made.bosId).toBe(metadata.bos_token_id)
    expect(made.eosIds).toEqual([metadata.eos_token_id])
    for (const id of tokenizer.specialTokens.values()) expect(tokenizer.bytes(id)).toHaveLength(0)
  })
})

describe('the default model', () => {
  const file = read('model/edgewise-chat/model.gguf')
  const config = readJson('model/edgewise-chat/tokenizer_config.json')
  const hub = createTokenizer(readJson('model/edgewise-chat/tokenizer.json'), config)
  const made = ggufTokenizer((parseHeader(file, file.length) as GgufHeader).metadata)

  test('cuts any text as its tokenizer.json does', () => {
    const line = fc.string({ unit: 'grapheme', maxLength: 80 })
    const words = fc.array(
      fc.constantFrom(..."the They’re 12 345 “a” \n  <|im_end|> I’m it's".split(' ')),
    )
    fc.assert(
      fc.property(
        fc.oneof(
          line,
          words.map((list) => list.join(' ')),
        ),
        (text) => {
          const ids = made.tokenizer.encode(text)
          expect(ids).toEqual(hub.encode(text))
          expect(join(made.tokenizer, ids)).toBe(text)
        },
      ),
      { seed: 11, numRuns: 400 },
    )
    const page = read('model/README.md').toString()
    expect(made.tokenizer.encode(page)).toEqual(hub.encode(page))
  })

  test('has the same bytes, control tokens, template and ends', () => {
    for (let id = 0; id < hub.vocabSize; id++) {
      expect(made.tokenizer.bytes(id)).toEqual(hub.bytes(id))
    }
    expect(made.tokenizer.vocabSize).toBe(hub.vocabSize)
    // The padding token is a control token in both; nothing may write it but a template.
    expect(made.tokenizer.specialTokens).toEqual(hub.specialTokens)
    expect(made.tokenizer.prefixId).toBe(hub.prefixId)
    expect(made.chatTemplate).toBe(config.chat_template)
    expect(made.eosIds).toEqual([readJson('model/edgewise-chat/config.json').eos_token_id])
    expect(made.bosId).toBeNull()
  })
})

/** The tiny model's metadata with entries of `tokenizer.` changed; undefined takes one away. */
function tiny(changes: Record<string, GgufValue | undefined> = {}): GgufMetadata {
  const header = parseHeader(writeGguf(tinyLlama()), null) as GgufHeader
  const metadata = new Map(header.metadata)
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined) metadata.delete(`tokenizer.${key}`)
    else metadata.set(`tokenizer.${key}`, value)
  }
  return metadata
}

const kinds = (at: Record<number, number>) => Int32Array.from(TOKENS, (_, id) => at[id] ?? 1)
const THE = TOKENS.indexOf('the')

describe('tokens that are not of the alphabet', () => {
  test('a text that was added whole is found before all else', () => {
    const tokens = TOKENS.map((token) => (token === 'the' ? '<think>' : token))
    const merges = ['t h']
    const metadata = tiny({
      'ggml.tokens': tokens,
      'ggml.merges': merges,
      'ggml.token_type': kinds({ [THE]: 4 }),
    })
    const { tokenizer } = ggufTokenizer(metadata)
    expect(tokenizer.encode('a<think>')).toEqual([TOKENS.indexOf('a'), THE])
    expect(join(tokenizer, [THE])).toBe('<think>')
    expect(tokenizer.specialTokens.has('<think>')).toBe(false)
  })

  test('one that only holds a place stands for nothing', () => {
    const tokens = [...TOKENS, '[PAD]']
    const metadata = tiny({
      'ggml.tokens': tokens,
      'ggml.token_type': Int32Array.from([...kinds({ 0: 3, 1: 3 }), 5]),
    })
    const { tokenizer } = ggufTokenizer(metadata)
    expect(tokenizer.bytes(TOKENS.length)).toHaveLength(0)
    expect(tokenizer.encode('[PAD]')).toHaveLength(5)
  })

  test('begin and end tokens are control tokens, whatever the list of kinds says', () => {
    const metadata = tiny({
      'ggml.token_type': kinds({}),
      'ggml.bos_token_id': 1,
      'ggml.eot_token_id': 1,
      'ggml.add_bos_token': true,
    })
    const { tokenizer, bosId, eosIds } = ggufTokenizer(metadata)
    expect([...tokenizer.specialTokens]).toEqual([
      ['<|end|>', 0],
      ['<|user|>', 1],
    ])
    expect([bosId, eosIds, tokenizer.prefixId]).toEqual([1, [0, 1], 1])
  })

  test('a word that is a token stays whole where merges are ignored', () => {
    const metadata = tiny({
      'ggml.tokens': [...TOKENS, 'toString'],
      'ggml.token_type': Int32Array.from([...kinds({ 0: 3, 1: 3 }), 1]),
      'ggml.pre': 'llama-bpe',
      'ggml.bos_token_id': 1,
      'ggml.add_bos_token': undefined,
    })
    const { tokenizer, bosId } = ggufTokenizer(metadata)
    expect(tokenizer.encode('toString')).toEqual([TOKENS.length])
    expect(join(tokenizer, [TOKENS.length])).toBe('toString')
    // Llama 3's prompts begin with the begin token unless the file says otherwise.
    expect(tokenizer.prefixId).toBe(bosId)
  })
})

describe('a chat begins with as many begin tokens as there should be', () => {
  const plain = '{{ messages[0].content }}'
  test.each<[string, string, GgufValue | undefined, number]>([
    ['template and metadata ask for one', `<|user|>${plain}`, true, 1],
    ['metadata alone asks for one', plain, true, 1],
    ['template alone writes one', `<|user|>${plain}`, false, 1],
    ['nobody asks for one', plain, false, 0],
    ['template writes one, and the metadata does not say', `<|user|>${plain}`, undefined, 1],
  ])('%s', (_, chat_template, addBos, expected) => {
    const metadata = tiny({
      chat_template,
      'ggml.add_bos_token': addBos,
      'ggml.bos_token_id': 1,
    })
    const { tokenizer, chatTemplate } = ggufTokenizer(metadata)
    const template = new ChatTemplate(chatTemplate!)
    // What is typed is text, also if it looks like the begin token.
    const content = '<|user|> the <|end|>'
    const ids = new PromptEncoder(tokenizer, template).encodeChat([{ role: 'user', content }])
    expect(ids.filter((id) => id < 2)).toEqual(Array(expected).fill(1))
    expect(join(tokenizer, ids)).toBe(content)
  })
})

test('a model without a chat template has none', () => {
  expect(ggufTokenizer(tiny()).chatTemplate).toBe('{{ messages[0].content }}')
  expect(ggufTokenizer(tiny({ chat_template: undefined })).chatTemplate).toBeUndefined()
})

describe('is refused with its cause', () => {
  test.each<[string, Record<string, GgufValue | undefined>, string]>([
    ['no tokenizer', { 'ggml.model': undefined }, 'its metadata lacks tokenizer.ggml.model'],
    [
      'an unknown tokenizer',
      { 'ggml.model': 'bert' },
      'its tokenizer is "bert"; supported are gpt2, llama',
    ],
    ['no pre-tokenizer', { 'ggml.pre': undefined }, 'its metadata lacks tokenizer.ggml.pre'],
    [
      'an unknown pre-tokenizer',
      { 'ggml.pre': 'tekken' },
      'its pre-tokenizer is "tekken"; supported are gpt-2, smollm, llama-bpe, qwen2',
    ],
    [
      'no tokens',
      { 'ggml.tokens': undefined },
      'its metadata lacks the list tokenizer.ggml.tokens',
    ],
    [
      'tokens that are numbers',
      { 'ggml.tokens': Int32Array.of(1) },
      'its metadata lacks the list tokenizer.ggml.tokens',
    ],
    [
      'no kinds',
      { 'ggml.token_type': undefined },
      'its metadata lacks the list tokenizer.ggml.token_type',
    ],
    [
      'too few kinds',
      { 'ggml.token_type': Int32Array.of(1, 1) },
      `tokenizer.ggml.token_type has 2 entries for ${TOKENS.length} tokens`,
    ],
    [
      'no merges',
      { 'ggml.merges': undefined },
      'its metadata lacks the list tokenizer.ggml.merges',
    ],
    ...['t q', 't  h', 'th', 't', '', ' th', 'th ', 'x y', 't h e'].map(
      (merge): [string, Record<string, GgufValue>, string] => [
        `the merge "${merge}"`,
        { 'ggml.merges': [merge] },
        `the merge "${merge}" isn't of two tokens that make a third`,
      ],
    ),
    [
      'one token twice',
      { 'ggml.tokens': TOKENS.map((token, id) => (id === 9 ? TOKENS[7]! : token)) },
      `its tokens 7 and 9 are both "${TOKENS[7]}"`,
    ],
    [
      'an end token outside the list',
      { 'ggml.eos_token_id': TOKENS.length },
      `tokenizer.ggml.eos_token_id is ${TOKENS.length}, but there are ${TOKENS.length} tokens`,
    ],
    [
      'an end token of text',
      { 'ggml.eos_token_id': '</s>' },
      `tokenizer.ggml.eos_token_id is "</s>", but there are ${TOKENS.length} tokens`,
    ],
    [
      'a begin token that is asked for and not named',
      { 'ggml.add_bos_token': true },
      'its prompts begin with a begin token, but its metadata names none',
    ],
    [
      'SentencePiece without scores',
      { 'ggml.model': 'llama', 'ggml.bos_token_id': 1 },
      'its metadata lacks the list tokenizer.ggml.scores',
    ],
  ])('%s', (_, changes, message) => {
    expect(() => ggufTokenizer(tiny(changes))).toThrow(
      expect.objectContaining({
        code: 'model_unusable',
        message: `The GGUF file can't be used: ${message}`,
      }),
    )
  })
})
