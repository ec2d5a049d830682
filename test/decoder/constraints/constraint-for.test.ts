import { expect, test } from 'vitest'
import { constraintFor, grammarOf, repeat, text } from '../../../decoder/constraints/index.ts'
import { ByteTokenizer } from '../../support/byte-tokenizer.ts'

const small = () => grammarOf(text('a'))
const large = () => grammarOf(repeat(text('a'), 10_000, 10_000))

test('a constraint is made once, as long as few others come', () => {
  const tokenizer = new ByteTokenizer()
  let made = 0
  const get = (key: string, grammar = small) =>
    constraintFor(tokenizer, key, 'it', () => {
      made++
      return grammar()
    })
  const first = get('0')
  expect(get('0')).toBe(first)
  expect(made).toBe(1)
  for (let i = 1; i < 8; i++) get(String(i))
  expect(get('0')).toBe(first)
  for (let i = 10; i < 18; i++) get(String(i))
  expect(get('0')).not.toBe(first)
})

test('large ones make room sooner; other vocabularies have their own', () => {
  const tokenizer = new ByteTokenizer()
  const first = constraintFor(tokenizer, 'first', 'it', small)
  expect(constraintFor(new ByteTokenizer(), 'first', 'it', small)).not.toBe(first)
  constraintFor(tokenizer, 'large 1', 'it', large)
  expect(constraintFor(tokenizer, 'first', 'it', small)).toBe(first)
  constraintFor(tokenizer, 'large 2', 'it', large)
  constraintFor(tokenizer, 'large 3', 'it', large)
  expect(constraintFor(tokenizer, 'first', 'it', small)).not.toBe(first)
})

test('what fails is not kept', () => {
  const tokenizer = new ByteTokenizer()
  const fail = () =>
    constraintFor(tokenizer, 'x', 'it', () => grammarOf({ kind: 'choice', items: [] }))
  expect(fail).toThrow('can never be satisfied')
  expect(fail).toThrow('can never be satisfied')
})
