import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type LookupWeights, WordVectors } from '../../../decoder/lookup/index.ts'
import { cosine } from '../../../decoder/lookup/word-vectors.ts'
import { lookupIn } from '../../../runtimes/gguf/lookup.ts'
import { createTokenizer } from '../../../runtimes/tokenizer/hugging-face-tokenizer.ts'
import { ByteTokenizer } from '../../support/byte-tokenizer.ts'
import { topicWeights } from '../../support/topic-weights.ts'

/** Random weights, and where NumPy places texts by them (model/train/test_models/heads.py). */
const FOLDER = new URL('../../fixtures/models/tiny-heads/', import.meta.url)
const read = (name: string) => readFileSync(new URL(name, FOLDER))
const json = (name: string) => JSON.parse(read(name).toString())

interface Expected {
  exchange: [string, string]
  directions: { text: string; unit: number[]; question: number[]; after: number[] }[]
}

describe('as NumPy does', () => {
  const tokenizer = createTokenizer(json('tokenizer.json'), json('tokenizer_config.json'))
  const weights = lookupIn(new Uint8Array(read('lookup.gguf')), tokenizer.vocabSize)
  const vectors = new WordVectors(weights, tokenizer)
  const { exchange, directions }: Expected = json('expected-lookup.json')
  const [asked, answered] = exchange

  test.each(directions)('$text', ({ text, unit, question, after }) => {
    const near = (actual: Float32Array, expected: number[]) => {
      expect(actual).toHaveLength(expected.length)
      for (const [i, value] of expected.entries()) expect(actual[i]).toBeCloseTo(value, 4)
    }
    near(vectors.ofUnit(text), unit)
    near(vectors.ofQuestion(text), question)
    near(vectors.ofQuestion(text, { asked, answered }), after)
  })
})

const weights: LookupWeights = topicWeights(['price', 'hour', 'dog', "don't", '€', '5'])
const vectors = new WordVectors(weights, new ByteTokenizer())

test('words are told apart by what is no letter and no digit', () => {
  for (const text of ['Dog!', 'DOG', '(dog)', 'dog-', 'a_dog']) {
    expect(cosine(vectors.ofUnit(text), vectors.ofUnit('dog')), text).toBeGreaterThan(0.5)
  }
  expect(vectors.ofUnit('€5')).toEqual(vectors.ofUnit('5 €'))
  expect(vectors.ofUnit('don’t')).toEqual(vectors.ofUnit("don't"))
})

test('a text without words lies nowhere', () => {
  for (const text of ['', '  ', '?!']) {
    expect(vectors.ofUnit(text).every((x) => x === 0)).toBe(true)
    expect(cosine(vectors.ofQuestion(text), vectors.ofUnit('dog'))).toBe(0)
  }
})

test('a word that is not in the list is found by its tokens', () => {
  const [a, b] = ['zebra', 'zebu'].map((word) => vectors.ofUnit(word)) as [
    Float32Array,
    Float32Array,
  ]
  expect(cosine(a, vectors.ofQuestion('Zebra?'))).toBeCloseTo(1)
  expect(cosine(a, b)).toBeLessThan(0.999)
})

test('a question leans on what was said before it', () => {
  const before = { asked: 'price', answered: 'hour' }
  const place = vectors.ofQuestion('dog', before)
  const leans = (text: string) => cosine(place, vectors.ofUnit(text))
  // Half of what was asked and half of what was answered, as topicWeights has it.
  expect(leans('dog') / leans('price')).toBeCloseTo(2)
  expect(leans('dog') / leans('hour')).toBeCloseTo(2)
})

test('every text lies at length 1, the same in any order of its words', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ minLength: 1 }), { minLength: 1 }), (texts) => {
      const there = vectors.ofUnit(texts.join(' '))
      const length = Math.sqrt(cosine(there, there))
      expect(length < 1e-6 || Math.abs(length - 1) < 1e-5).toBe(true)
      expect(cosine(there, vectors.ofUnit(texts.toReversed().join(' ')))).toBeCloseTo(length ** 2)
    }),
    { seed: 7 },
  )
})

test('a text of half a million characters is placed too', () => {
  const long = ["'".repeat(5e5), 'dog '.repeat(125e3), "a'".repeat(25e4)]
  for (const text of long) expect(vectors.ofUnit(text)).toHaveLength(weights.width)
})
