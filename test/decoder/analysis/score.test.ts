import { describe, expect, test } from 'vitest'
import { DecodingError, TextGenerator } from '../../../decoder/index.ts'
import { ByteTokenizer } from '../../support/byte-tokenizer.ts'
import { logSoftmax } from '../../support/enumerate.ts'
import { TableModel } from '../../support/table-model.ts'

const tokenizer = new ByteTokenizer()

/** Logits that depend on everything before. */
const logits = (tokens: readonly number[]) => {
  const sum = tokens.reduce((a, b) => (a * 31 + b) % 997, 7)
  return Array.from({ length: tokenizer.vocabSize }, (_, id) => Math.sin(sum + id * 1.3) * 4)
}
const make = (config = {}) => {
  const model = new TableModel(logits, { eosIds: [0], contextLength: 300, ...config })
  return { model, generator: new TextGenerator({ model, tokenizer }) }
}
const text = tokenizer.encode('Grüße aus dem Süden, und auf bald! '.repeat(3))

test('equals the chain rule, token by token', async () => {
  // A pass holds 8 tokens with so many parameters.
  for (const config of [{}, { parameters: 1e9 }]) {
    const { model, generator } = make(config)
    const { tokens, nll, perplexity, bits_per_byte } = await generator.score(text)
    let sum = 0
    for (const [i, token] of tokens.entries()) {
      expect(token.id).toBe(text[i])
      if (i === 0) continue
      const logprobs = logSoftmax(logits(text.slice(0, i)))
      expect(token.logprob).toBeCloseTo(logprobs[text[i]!]!, 5)
      const entropy = logprobs.reduce((h, x) => h - Math.exp(x) * x, 0)
      expect(token.entropy).toBeCloseTo(entropy, 5)
      expect(token.rank).toBe(1 + logprobs.filter((x) => x > logprobs[text[i]!]!).length)
      sum -= logprobs[text[i]!]!
    }
    expect(nll).toBeCloseTo(sum, 4)
    expect(perplexity).toBeCloseTo(Math.exp(sum / (text.length - 1)), 4)
    // Each token is a byte; the first is not counted.
    expect(bits_per_byte).toBeCloseTo(sum / Math.LN2 / (text.length - 1), 5)
    expect(Math.max(...model.fed.map((fed) => fed.length))).toBe(
      config.parameters ? 8 : text.length - 1,
    )
    expect(model.fed.flat()).toEqual(text.slice(0, -1))
  }
})

test('the first token has no context and does not count', async () => {
  const { tokens, nll, perplexity, bits_per_byte } = await make().generator.score([5])
  expect(tokens).toEqual([{ id: 5, logprob: null, entropy: null, rank: null, top: [] }])
  expect([nll, perplexity, bits_per_byte]).toEqual([0, null, null])
})

test('bytes are those of the text: control tokens have none', async () => {
  const ids = [...tokenizer.encode('ab'), 2, ...tokenizer.encode('c')]
  const { nll, bits_per_byte } = await make().generator.score(ids)
  expect(bits_per_byte).toBeCloseTo(nll / Math.LN2 / 2, 10)
})

test('alternatives, best first', async () => {
  const { tokens } = await make().generator.score(text.slice(0, 5), { top: 3 })
  expect(tokens.map(({ top }) => top.length)).toEqual([0, 3, 3, 3, 3])
  for (const { top } of tokens.slice(1)) {
    expect(top[0]!.logprob).toBeGreaterThanOrEqual(top[1]!.logprob)
  }
})

// vllm-project/vllm#5344
test('what is cached already is scored all the same, and a generation after it finds the text cached', async () => {
  const { model, generator } = make()
  const cold = await generator.score(text)
  for (const ids of [text, text.slice(0, 40), [...text, ...tokenizer.encode('und mehr')]]) {
    const { tokens } = await generator.score(ids)
    expect(tokens).toHaveLength(ids.length)
    for (const [i, token] of tokens.slice(0, text.length).entries()) {
      expect(token).toEqual(cold.tokens[i])
    }
  }
  generator.clearContexts()
  expect(model.caches).toBe(0)
})

test('an abort stops it after a pass', async () => {
  const signal = { aborted: false }
  const { model, generator } = make({ parameters: 1e9 })
  const onPass = () => {
    if (model.fed.length === 2) signal.aborted = true
  }
  const { tokens } = await generator.score(text, { signal: signal as AbortSignal, onPass })
  expect([model.fed.length, tokens.length]).toEqual([2, 17])
})

describe('refused', () => {
  test.each([
    [[], 'invalid_value'],
    [[999_999], 'invalid_value'],
    [new Array(301).fill(5), 'context_length_exceeded'],
  ])('%#', async (ids, code) => {
    const error = await make()
      .generator.score(ids)
      .catch((reason) => reason)
    expect(error).toBeInstanceOf(DecodingError)
    expect(error.code).toBe(code)
  })

  test('a full context is not', async () => {
    const { tokens } = await make().generator.score(new Array(300).fill(5))
    expect(tokens).toHaveLength(300)
  })

  test('a model that fails leaves no cache', async () => {
    const model = new TableModel(() => new Array(tokenizer.vocabSize).fill(Number.NaN))
    const generator = new TextGenerator({ model, tokenizer })
    await expect(generator.score([5, 6, 7])).rejects.toThrow(/no usable probabilities/)
    expect(model.caches).toBe(0)
  })
})
