import { describe, expect, test } from 'vitest'
import type { ChatMessage } from '../../../decoder/conversation/chat-template.ts'
import { TextGenerator } from '../../../decoder/index.ts'
import { Lookup, WordVectors } from '../../../decoder/lookup/index.ts'
import { ByteTokenizer } from '../../support/byte-tokenizer.ts'
import { TableModel } from '../../support/table-model.ts'
import { topicWeights } from '../../support/topic-weights.ts'

const TEMPLATE = `{% for m in messages %}<|im_start|>{{ m.role }}
{{ m.content }}<|im_end|>
{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant
{% endif %}`
const WEIGHTS = topicWeights(['price', 'hours', 'dogs', 'park', 'barn'])
const said = (role: ChatMessage['role'], content: string): ChatMessage => ({ role, content })
const FACTS = ['Price.', 'Hours.', 'Dogs.', 'Park.']
const SYSTEM = said('system', ['You help at Fox Inn.', ...FACTS].join('\n'))

const tokenizer = new ByteTokenizer()
const lookup = new Lookup(new WordVectors(WEIGHTS, tokenizer))
const unitsFor = (...turns: ChatMessage[]) =>
  lookup
    .narrow([SYSTEM, ...turns])[0]!
    .messages[0]!.content.split('\n')
    .slice(1)

const repeated = (a: string, times: number, b: string, others: number) =>
  `${`${a} `.repeat(times)}${`${b} `.repeat(others)}`

describe('a chat is narrowed', () => {
  test('to the introduction and the unit nearest to the question', () => {
    const asked = said('user', 'dogs dogs park')
    expect(lookup.narrow([SYSTEM, asked])).toEqual([
      {
        messages: [said('system', 'You help at Fox Inn.\nDogs.'), asked],
        nearness: expect.closeTo(2 / Math.sqrt(5) / 0.5, 6),
      },
      { messages: [said('system', 'You help at Fox Inn.'), asked], nearness: 0 },
    ])
  })

  test('in as many ways as units are about as near, three at most, and to the introduction', () => {
    const toldFor = (question: string, system = SYSTEM) =>
      lookup
        .narrow([system, said('user', question)])
        .map(({ messages, nearness }) => [messages[0]!.content.split('\n').slice(1), nearness])
    // Cosines over 0.5, that of nothing.
    expect(toldFor('dogs park')).toEqual([
      [['Dogs.'], expect.closeTo(Math.SQRT2, 6)],
      [['Park.'], expect.closeTo(Math.SQRT2, 6)],
      [[], 0],
    ])
    const length = Math.hypot(9, 10) / 2
    expect(toldFor(repeated('park', 10, 'dogs', 9))).toEqual([
      [['Park.'], expect.closeTo(10 / length, 6)],
      [['Dogs.'], expect.closeTo(9 / length, 6)],
      [[], 0],
    ])
    expect(toldFor(repeated('park', 10, 'dogs', 8))).toHaveLength(2)
    const four = said('system', 'Inn.\nDog\nDogs.\ndogs\nDOGS\ndogs!')
    const told = toldFor('dogs', four).map(([units]) => units)
    expect(told).toEqual([['Dogs.'], ['dogs'], ['DOGS'], []])
  })

  test('to the one item of a list that the question names', () => {
    const weights = topicWeights(['price', 'hours', 'dogs', 'park', 'barn', 'at'])
    const system = said('system', 'Inn.\nPrice: dogs at barn, park at hours')
    const told = (question: string) =>
      new Lookup(new WordVectors(weights, tokenizer)).narrow([system, said('user', question)])[0]!
        .messages[0]
    expect(told('price dogs barn')?.content).toBe('Inn.\nPrice: dogs at barn')
    expect(told('price dogs barn park')).toEqual(system)
  })

  test('with how sure it is, and to the introduction alone where no unit is near', () => {
    const asked = (dogs: number, barns: number) =>
      unitsFor(said('user', repeated('dogs', dogs, 'barn', barns)))
    // Cosines of 0.71, 0.45, 0.37, 0.24 and 0.20, where that of nothing is 0.5.
    expect(asked(1, 1)).toEqual(['Dogs.'])
    expect(asked(1, 2)).toEqual(['Likely:', 'Dogs.'])
    expect(asked(2, 5)).toEqual(['Perhaps:', 'Dogs.'])
    expect(asked(1, 4)).toEqual(['Hardly:', 'Dogs.'])
    expect(asked(1, 5)).toEqual([])
    expect(unitsFor(said('user', 'qqqq'))).toEqual([])
    expect(unitsFor(said('user', ''))).toEqual([])
  })

  test('what was said just before counts, and the unit of that question stays', () => {
    const chat = [
      said('user', 'dogs'),
      said('assistant', 'dogs'),
      said('user', 'park park'),
      said('assistant', 'park'),
      said('user', 'and hours hours'),
    ]
    expect(unitsFor(...chat)).toEqual(['Hours.', 'Before:', 'Park.'])
    expect(lookup.narrow([SYSTEM, ...chat])[0]!.messages.slice(1)).toEqual(chat)
    // Without a word that tells, the exchange before decides, though not the one before that.
    expect(unitsFor(...chat.slice(0, 4), said('user', '?'))).toEqual(['Park.'])
  })

  test('only by an exchange that is one', () => {
    expect(unitsFor(said('assistant', 'dogs'), said('user', '?'))).toEqual([])
    expect(unitsFor(said('user', 'dogs'), said('user', '?'))).toEqual(['Before:', 'Dogs.'])
  })
})

describe('a chat stays as it is', () => {
  test.each<[string, ChatMessage[]]>([
    ['without a system message', [said('user', 'dogs')]],
    ['with nothing to look up', [said('system', 'Be brief.'), said('user', 'dogs')]],
    ['without a question', [SYSTEM, said('assistant', 'Hello!')]],
    ['when it is empty', []],
  ])('%s', (_, messages) => {
    expect(lookup.narrow(messages)).toEqual([{ messages, nearness: 0 }])
  })
})

describe('a text generator', () => {
  const messages = [SYSTEM, said('user', 'dogs')]
  const parts = { model: new TableModel(() => [0]), tokenizer, chatTemplate: TEMPLATE }

  test('answers what was looked up', () => {
    const generator = new TextGenerator({ ...parts, lookup: WEIGHTS })
    const [prompt, without, ...others] = generator.promptsOf(messages)
    expect(others).toEqual([])
    expect(prompt!.ids).toEqual(generator.encodeChat(lookup.narrow(messages)[0]!.messages))
    expect(generator.decode(prompt!.ids)).toContain('Fox Inn.\nDogs.\n')
    expect(generator.decode(without!.ids)).toContain('Fox Inn.\nuser')
  })

  test('without a lookup, the chat itself', () => {
    const generator = new TextGenerator({ ...parts, lookup: null })
    const ids = generator.encodeChat(messages)
    expect(generator.promptsOf(messages)).toEqual([{ ids, nearness: 0 }])
  })
})
