import { describe, expect, test } from 'vitest'
import { PromptEncoder } from '../../../decoder/conversation/prompt-encoder.ts'
import { Detokenizer } from '../../../decoder/text/detokenizer.ts'
import { createTokenizer } from '../../../runtimes/tokenizer/hugging-face-tokenizer.ts'
import { readExpected } from '../../support/encoder-decoder.ts'

/** By Hugging Face's own library (test/fixtures/make/t5_and_bart_models.py). */
interface Readings {
  texts: { text: string; ids: number[]; decoded: string }[]
  /** With what the tokenizer puts before and after each. */
  prompts: { text: string; ids: number[] }[]
}

describe.each([
  ['tiny-t5', null, 1],
  ['tiny-flan-t5', null, 1],
  ['tiny-bart', 0, 2],
])('%s', (model, prefix, end) => {
  const tokenizer = createTokenizer(readExpected(model, 'tokenizer.json'))
  const { texts, prompts }: Readings = readExpected(model, 'readings.json')

  test.each(texts)('encodes $text', ({ text, ids }) => {
    expect(tokenizer.encode(text)).toEqual(ids)
  })

  test.each(texts)('decodes $ids', ({ ids, decoded }) => {
    const detokenizer = new Detokenizer(tokenizer.dropsLeadingSpace)
    const pieces = ids.map((id) => detokenizer.push(tokenizer.bytes(id)))
    expect(pieces.join('')).toBe(decoded)
  })

  test.each(prompts)('reads $text as a prompt', ({ text, ids }) => {
    expect(tokenizer.prefixId).toBe(prefix)
    expect(ids.at(-1)).toBe(end)
    // The end is the model's matter; a beginning that the text spells itself stands once.
    const expected = ids.slice(text.startsWith('<s>') ? 1 : 0, -1)
    expect(new PromptEncoder(tokenizer).encodePrompt(text)).toEqual(expected)
  })
})
