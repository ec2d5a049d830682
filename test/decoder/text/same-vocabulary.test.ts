import { expect, test } from 'vitest'
import { TextGenerator, type Tokenizer } from '../../../decoder/index.ts'
import { ByteTokenizer } from '../../support/byte-tokenizer.ts'
import { certain, TableModel } from '../../support/table-model.ts'

const tokenizer = new ByteTokenizer()
const modelOf = ({ vocabSize }: Tokenizer, eosIds = [0]) =>
  new TableModel(() => certain(5, vocabSize), { vocabSize, eosIds })

const load = (draft: Tokenizer, eosIds?: number[]) =>
  new TextGenerator({
    model: modelOf(tokenizer),
    tokenizer,
    draft: { model: modelOf(draft, eosIds), tokenizer: draft },
  })

/** The same vocabulary with the texts of two tokens exchanged. */
function swapped(a: number, b: number): Tokenizer {
  const at = (id: number) => (id === a ? b : id === b ? a : id)
  return {
    vocabSize: tokenizer.vocabSize,
    specialTokens: tokenizer.specialTokens,
    prefixId: null,
    dropsLeadingSpace: false,
    encode: (text) => tokenizer.encode(text).map(at),
    bytes: (id) => tokenizer.bytes(at(id)),
  }
}

// ggml-org/llama.cpp#3812
test('a draft model that means other texts by its tokens is refused at load', () => {
  expect(() => load(new ByteTokenizer(undefined, ['more']))).toThrow(/260 tokens, the model's 259/)
  expect(() => load(swapped(70, 71))).toThrow(/token 70 stands for another text/)
  expect(() => load(tokenizer, [1])).toThrow(/other tokens end an answer/)
  const renamed = new ByteTokenizer(['<|end|>', '<|start|>', '<|im_end|>'])
  expect(() => load(renamed)).toThrow(/control token/)
  expect(() => load(renamed)).toThrow(expect.objectContaining({ code: 'model_unusable' }))
})

test('one with the same vocabulary is fine, also if end tokens are listed in another order', () => {
  expect(() => load(new ByteTokenizer())).not.toThrow()
  const model = modelOf(tokenizer, [0, 2])
  const draft = { model: modelOf(tokenizer, [2, 0, 0]), tokenizer }
  expect(() => new TextGenerator({ model, tokenizer, draft })).not.toThrow()
})
