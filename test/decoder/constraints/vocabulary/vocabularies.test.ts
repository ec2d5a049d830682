import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { TextGenerator } from '../../../../decoder/index.ts'
import { createTokenizer } from '../../../../runtimes/tokenizer/hugging-face-tokenizer.ts'
import { markovModel } from '../../../support/markov-model.ts'
import { answer } from '../../../support/structured.ts'

/** Vocabularies that Hugging Face's own library trained, see test/fixtures/make/small_tokenizers.py. */
const fixtures = JSON.parse(
  readFileSync(resolve(import.meta.dirname, '../../../fixtures/tokenizers.json'), 'utf8'),
)

// dottxt-ai/outlines#1092, mlc-ai/xgrammar#418
const values = ['中文', 'é à ü', '😀👍🏽', 'a"b', 'back\\slash', 'new\nline', '', ' lead', 'plain']
const keys = ['schlüssel', '键', 'a"b', 'x y']
const schema = {
  type: 'object',
  properties: Object.fromEntries(keys.map((key) => [key, { enum: values }])),
  required: keys,
  additionalProperties: false,
}

function generatorOf(name: string, seed: number) {
  const { tokenizer: json, config } = fixtures[name]
  const tokenizer = createTokenizer(json, config)
  const control = [...tokenizer.specialTokens.values()]
  const eosIds = control.slice(-1)
  const model = markovModel(tokenizer.vocabSize, seed, { eosIds, contextLength: 2000 })
  return new TextGenerator({ model, tokenizer })
}

describe.each(['byte_level', 'llama_style'])('%s vocabulary', (name) => {
  test('values and names are exactly those of the schema, in plain characters', async () => {
    const found = new Set<string>()
    for (let seed = 0; seed < 15; seed++) {
      const input = { temperature: 1.5, seed, structured_outputs: { json: schema } }
      const { text, done } = await answer(generatorOf(name, seed), input)
      expect(done.finish_reason).toBe('stop')
      const value = JSON.parse(text)
      expect(Object.keys(value)).toEqual(keys)
      for (const key of keys) {
        expect(values).toContain(value[key])
        found.add(value[key])
      }
      expect(text).not.toMatch(/\\u/)
    }
    expect(found.size).toBeGreaterThan(6)
  })

  test('any JSON object is JSON', async () => {
    let stopped = 0
    for (let seed = 0; seed < 10; seed++) {
      const input = { temperature: 2, seed, structured_outputs: { json_object: true } }
      const { text, done } = await answer(generatorOf(name, seed), input)
      if (done.finish_reason !== 'stop') continue
      stopped++
      expect(JSON.parse(text)).toBeTypeOf('object')
    }
    expect(stopped).toBeGreaterThan(0)
  })
})

test.each(['unigram', 'word_piece'])(
  '%s vocabulary: what it can’t write is an error, never another text',
  async (name) => {
    for (const choice of [['the'], ['中文'], ['a b']]) {
      const made = await answer(generatorOf(name, 1), { structured_outputs: { choice } }).catch(
        (error: unknown) => error,
      )
      if (made instanceof Error) {
        expect(made).toMatchObject({ code: 'invalid_value', param: 'structured_outputs' })
      } else expect(made).toMatchObject({ text: choice[0] })
    }
  },
)
