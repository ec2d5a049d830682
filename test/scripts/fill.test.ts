import { expect, test } from 'vitest'
import { type MaskedModel, TextGenerator } from '../../decoder/index.ts'
import { checkSameTokens, fillCausal, fillMasked, passInWords } from '../../scripts/lib/fill.ts'
import { ByteTokenizer } from '../support/byte-tokenizer.ts'
import { scriptedModel } from '../support/table-model.ts'

const tokenizer = new ByteTokenizer()

test('a causal model: how much is right after each pass', async () => {
  const script = tokenizer.encode('abc')
  const model = scriptedModel(script, 1, { vocabSize: tokenizer.vocabSize })
  const passes = await fillCausal(new TextGenerator({ model, tokenizer }), [5], 3)
  // Its logits depend on the place alone, so one pass is enough.
  expect(passes.map(({ text, exact }) => [text, exact])).toEqual([['abc', 3]])
  expect(passInWords(passes[0]!, 1)).toMatch(
    /^pass 1: 3 as greedy, ln p -0\.\d\d a token {2}"abc"$/,
  )
})

test('a masked model: as many passes as are asked for', async () => {
  const [a] = tokenizer.encode('a')
  const model = {
    vocabSize: tokenizer.vocabSize,
    maskId: 0,
    predict: async (tokens: readonly number[]) =>
      tokens.map((_, place) =>
        Float32Array.from({ length: tokenizer.vocabSize }, (_, id) => (id === a! + place ? 9 : 0)),
      ),
  } satisfies MaskedModel
  const masked = { id: 'x', model: { ...model, dispose: async () => {} }, tokenizer }
  const fill = (length: number, passes: number) =>
    fillMasked(masked as unknown as Parameters<typeof fillMasked>[0], [7], { length, passes })
  expect((await fill(3, 2)).map(({ text }) => text)).toEqual(['bcd', 'bcd'])
  await expect(fill(0, 2)).rejects.toThrow(/--fill takes a number from 1 on/)
  await expect(fill(2, 1.5)).rejects.toThrow(/--passes takes a number from 1 on/)
})

test('a prompt must mean the same to both tokenizers', () => {
  const more = new ByteTokenizer(['<|end|>', '<|im_start|>', '<|im_end|>'], ['more'])
  expect(() => checkSameTokens([0, 1, 50], tokenizer, new ByteTokenizer())).not.toThrow()
  expect(() => checkSameTokens([50], tokenizer, more)).toThrow(/another vocabulary/)
  const renamed = new ByteTokenizer(['<|end|>', '<|start|>', '<|im_end|>'])
  expect(() => checkSameTokens([0], tokenizer, renamed)).not.toThrow()
  expect(() => checkSameTokens([1], tokenizer, renamed)).toThrow(/another vocabulary/)
})
