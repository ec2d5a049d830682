import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import type { GenerationInput } from '../../decoder/index.ts'
import { answer, answers, END, tokenizer, wilful } from '../support/structured.ts'

const ajv = new Ajv2020({ strict: false })
const schema = {
  type: 'object',
  properties: {
    name: { type: 'string', maxLength: 12 },
    colour: { enum: ['red', 'grün', '名', 'a"b', ''] },
    ages: { type: 'array', items: { type: 'integer', minimum: 0, maximum: 150 }, maxItems: 3 },
    more: { anyOf: [{ type: 'null' }, { $ref: '#' }] },
  },
  required: ['name', 'colour'],
  additionalProperties: false,
}
const validate = ajv.compile(schema)

/** Ways to decode that must all keep to a structure. */
const WAYS: Record<string, GenerationInput> = {
  greedy: { temperature: 0 },
  drawn: { temperature: 1.5, seed: 3 },
  'drawn from few': { temperature: 1, top_k: 3, top_p: 0.8, min_p: 0.05, seed: 4 },
  mirostat: { temperature: 1, mirostat: 2, seed: 5 },
  penalised: { temperature: 0.8, repetition_penalty: 1.5, frequency_penalty: 1, seed: 6 },
  'n-gram speculation': { temperature: 0, speculative: { method: 'ngram', num_tokens: 6 } },
  lookahead: { temperature: 0, speculative: { method: 'lookahead' } },
  'a drawn tree': { temperature: 1, seed: 7, speculative: { method: 'tree' } },
  'lossy speculation': {
    temperature: 1,
    seed: 8,
    speculative: { method: 'tree', acceptance: 'threshold', threshold: 0.01 },
  },
  'tree search': { temperature: 0, speculative: { method: 'tree', acceptance: 'search' } },
  chunks: { temperature: 0, semi_autoregressive: { chunk_size: 4 } },
  beams: { num_beams: 4, num_return_sequences: 2 },
  'drawn beams': { num_beams: 4, do_sample: true, seed: 9 },
  'groups of beams': { num_beams: 4, num_beam_groups: 2, diversity_penalty: 1 },
}

describe.each(Object.entries(WAYS))('%s', (_, way) => {
  test('JSON schema: what stops is valid', async () => {
    let stopped = 0
    for (let seed = 0; seed < 12; seed++) {
      const generator = wilful(seed)
      const input = {
        ...way,
        seed: seed + 1,
        structured_outputs: { json: schema },
        max_tokens: 400,
      }
      for (const { text, done } of await answers(generator, input)) {
        if (done.finish_reason !== 'stop') continue
        stopped++
        expect([text, validate(JSON.parse(text))]).toEqual([text, true])
      }
    }
    expect(stopped).toBeGreaterThan(3)
  })

  test('regex, choice and grammar', async () => {
    const generator = wilful(20)
    const structures = [
      { structured_outputs: { regex: '[a-f]{3,5}-\\d{2}' }, test: /^[a-f]{3,5}-\d{2}$/ },
      {
        structured_outputs: { choice: ['red', 'green', 'grün', 'redder'] },
        test: /^(red|green|grün|redder)$/,
      },
      { structured_outputs: { grammar: 'root ::= "(" root ")" | [xy]' }, test: /^\(*[xy]\)*$/ },
    ]
    for (const { structured_outputs, test } of structures) {
      for (const { text, done } of await answers(generator, { ...way, structured_outputs })) {
        if (done.finish_reason === 'stop') expect(text).toMatch(test)
      }
    }
  })
})

test('speculation changes nothing about the answer', async () => {
  for (let seed = 0; seed < 10; seed++) {
    const input = { temperature: 0, structured_outputs: { json: schema }, max_tokens: 300 }
    const plain = await answer(wilful(seed), input)
    for (const method of ['ngram', 'lookahead', 'tree'] as const) {
      const { ids } = await answer(wilful(seed), { ...input, speculative: { method } })
      expect(ids).toEqual(plain.ids)
    }
    const { ids } = await answer(wilful(seed), { ...input, semi_autoregressive: { chunk_size: 3 } })
    expect(ids).toEqual(plain.ids)
  }
})

test('the same seed gives the same answer', async () => {
  const input = { seed: 11, structured_outputs: { json: schema } }
  expect((await answer(wilful(1), input)).ids).toEqual((await answer(wilful(1), input)).ids)
})

describe('a model that likes blanks best', () => {
  const blanks = ['\n\n  ', '  ', '\n', ' ', '\t']
  test.each([
    ['json_object', { json_object: true }],
    ['a schema', { json: schema }],
  ])('%s: ends right after the last bracket', async (_, structured_outputs) => {
    // After blanks, whatever ends something.
    const liked = [...blanks, '"}', '"', '}', ']', '": ', '":', ':', ',', '1']
    const { text, done } = await answer(wilful(1, liked), { temperature: 0, structured_outputs })
    expect(done.finish_reason).toBe('stop')
    expect(text.endsWith('}')).toBe(true)
    expect(text).not.toMatch(/\s{33}/)
    JSON.parse(text)
  })
})

describe('the end', () => {
  test('comes where nothing else may, without an end token', async () => {
    const input = { structured_outputs: { choice: ['abc'] }, ignore_eos: true, min_tokens: 50 }
    const { text, done, ids } = await answer(wilful(2), input)
    expect([text, done.finish_reason]).toEqual(['abc', 'stop'])
    expect(ids).not.toContain(END)
  })

  test('is never where the text is not complete, however much the model wants it', async () => {
    const generator = wilful(3)
    for (const bias of [100, -100]) {
      const { text, done } = await answer(generator, {
        structured_outputs: { regex: 'a{5,9}' },
        logit_bias: { [END]: bias },
      })
      expect(done.finish_reason).toBe('stop')
      expect(text).toMatch(/^a{5,9}$/)
    }
  })

  test('of an empty text comes at once', async () => {
    const { text, done } = await answer(wilful(3), { structured_outputs: { choice: [''] } })
    expect([text, done.finish_reason]).toEqual(['', 'stop'])
  })

  test('by the limit leaves a beginning', async () => {
    const input = { structured_outputs: { regex: 'a{50}' }, max_tokens: 3 }
    const { text, done } = await answer(wilful(3), input)
    expect(done.finish_reason).toBe('length')
    expect(text).toMatch(/^a{3,6}$/)
  })

  test.each([{ num_beams: 3 }, { temperature: 0 }])(
    'by a stop string comes only where the text is complete: %j',
    async (way) => {
      const regex = '([a-c]{2}-)*[a-c]{2}x?'
      for (let seed = 0; seed < 10; seed++) {
        const { text, done } = await answer(wilful(seed), {
          ...way,
          structured_outputs: { regex },
          stop: ['-', 'a'],
          max_tokens: 40,
        })
        if (done.finish_reason === 'stop') expect(text).toMatch(new RegExp(`^${regex}$`))
      }
    },
  )

  test('by a stop token comes only where the text is complete with it', async () => {
    const [b] = tokenizer.encode('b')
    const input = {
      temperature: 0,
      structured_outputs: { regex: 'a{3}b?' },
      stop_token_ids: [b!],
      logit_bias: { [b!]: 50 },
    }
    const { text, done } = await answer(wilful(1), input)
    expect(text).toBe('aaab')
    expect(done).toMatchObject({ finish_reason: 'stop', stop_reason: b })
  })
})

describe('refused', () => {
  const regex = { regex: 'a+' }
  test.each<[GenerationInput, string]>([
    [{ structured_outputs: {} }, 'structured_outputs'],
    [{ structured_outputs: { ...regex, json: {} } }, 'structured_outputs'],
    [{ structured_outputs: { json: '{' } }, 'structured_outputs.json'],
    [{ structured_outputs: { json: { items: { not: {} } } } }, 'structured_outputs.json.items.not'],
    [{ structured_outputs: { json: 'false' } }, 'structured_outputs'],
    [{ structured_outputs: { regex: 'a++' } }, 'structured_outputs.regex'],
    [{ structured_outputs: { regex: 'a(?=b)', at: 'guided_regex' } }, 'guided_regex'],
    [{ structured_outputs: { grammar: 'root ::= b' } }, 'structured_outputs.grammar'],
    [{ structured_outputs: regex, forced_eos_token_id: END }, 'forced_eos_token_id'],
    [{ structured_outputs: regex, forced_bos_token_id: 5 }, 'forced_bos_token_id'],
    [
      {
        structured_outputs: regex,
        temperature: 0,
        semi_autoregressive: { chunk_size: 2, passes: 1 },
      },
      'semi_autoregressive.passes',
    ],
  ])('%j', async (input, param) => {
    await expect(answer(wilful(1), input)).rejects.toMatchObject({ code: 'invalid_value', param })
  })

  test('what other options leave no token for', async () => {
    const a = ['a', 'aa', 'ab'].map((text) => tokenizer.encode(text)[0]!)
    const input = { structured_outputs: { regex: 'a+' }, suppress_tokens: a }
    await expect(answer(wilful(1), input)).rejects.toMatchObject({ code: 'invalid_value' })
  })
})
