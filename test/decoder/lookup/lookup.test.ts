import { beforeEach, describe, expect, test } from 'vitest'
import { type ChatMessage, ChatTemplate } from '../../../decoder/conversation/chat-template.ts'
import { PromptEncoder } from '../../../decoder/conversation/prompt-encoder.ts'
import { TextGenerator } from '../../../decoder/index.ts'
import { type EmbeddingModel, Lookup, LookupSpace } from '../../../decoder/lookup/index.ts'
import { ByteTokenizer } from '../../support/byte-tokenizer.ts'
import { TableModel } from '../../support/table-model.ts'

const TEMPLATE = `{% for m in messages %}<|im_start|>{{ m.role }}
{{ m.content }}<|im_end|>
{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant
{% endif %}`
const END = 2
const TOPICS = ['price', 'hour', 'dog', 'park']

/** Its state counts how often the text it read speaks of each topic, so that a test knows what is near to what. */
class TopicModel extends TableModel implements EmbeddingModel {
  readonly embeds = true
  readonly read: string[] = []

  readonly #tokenizer: ByteTokenizer

  constructor(tokenizer: ByteTokenizer) {
    super(() => new Array(tokenizer.vocabSize).fill(0), { eosIds: [END], contextLength: 2048 })
    this.#tokenizer = tokenizer
  }

  async embed(tokens: readonly number[]): Promise<Float32Array> {
    const bytes = tokens.flatMap((id) => [...this.#tokenizer.bytes(id)])
    const text = new TextDecoder().decode(Uint8Array.from(bytes))
    this.read.push(text)
    return Float32Array.from(TOPICS, (topic) => text.toLowerCase().split(topic).length - 1)
  }
}

const same = Float32Array.of(1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1)
const WEIGHTS = { width: 4, question: same, unit: same, threshold: 0.5 }
const said = (role: ChatMessage['role'], content: string): ChatMessage => ({ role, content })
const FACTS = [
  ...['Prices: 9 euros.', 'Hours: 9 to 5.', 'Dogs are welcome.', 'Parking is free.'],
  'We love what we do.',
]
const SYSTEM = said('system', ['You help at Fox Inn.', ...FACTS].join('\n'))

let tokenizer: ByteTokenizer
let model: TopicModel
let lookup: Lookup
beforeEach(() => {
  tokenizer = new ByteTokenizer()
  model = new TopicModel(tokenizer)
  const encoder = new PromptEncoder(tokenizer, new ChatTemplate(TEMPLATE))
  lookup = new Lookup(model, encoder, new LookupSpace(WEIGHTS))
})

describe('a chat is narrowed', () => {
  test('to the introduction and the unit nearest to the question', async () => {
    const asked = said('user', 'May my dog use the park? The dog is small.')
    expect(await lookup.narrow([SYSTEM, asked])).toEqual([
      said('system', 'You help at Fox Inn.\nDogs are welcome.'),
      asked,
    ])
  })

  test('of several that are equally near, to the first', async () => {
    const [system] = (await lookup.narrow([SYSTEM, said('user', 'Park, dog?')]))!
    expect(system!.content).toBe('You help at Fox Inn.\nDogs are welcome.')
  })

  test('to the introduction alone where no unit is near', async () => {
    for (const text of ['Hello!', 'hour dog park price']) {
      const [system] = (await lookup.narrow([SYSTEM, said('user', text)]))!
      // A cosine of 0 first, then of 0.5, which is just enough.
      expect(system!.content).toBe(
        `You help at Fox Inn.${text === 'Hello!' ? '' : '\nPrices: 9 euros.'}`,
      )
    }
  })

  test('what was said just before counts, and the unit of that question stays', async () => {
    const chat = [
      said('user', 'Park?'),
      said('assistant', 'Free.'),
      said('user', 'Dog?'),
      said('assistant', 'Eh?'),
      said('user', 'Hours, hours?'),
    ]
    const [system, ...rest] = (await lookup.narrow([SYSTEM, ...chat]))!
    expect(rest).toEqual(chat)
    // Of the park speaks only the question before the last but one, which is read with the one before the last.
    expect(system!.content.split('\n').slice(1)).toEqual(['Hours: 9 to 5.', 'Dogs are welcome.'])
  })

  test('reading each text once, a unit up to its end and a question up to the answer', async () => {
    await lookup.narrow([SYSTEM, said('user', 'dogs?')])
    expect(model.read).toEqual([
      ...FACTS.map((unit) => `system\n${unit}`),
      'user\ndogs?\nassistant\n',
    ])
    await lookup.narrow([SYSTEM, said('user', 'dogs?')])
    expect(model.read).toHaveLength(FACTS.length + 1)
  })

  test('once for each salt, so that nobody can tell what others have sent', async () => {
    const chat = [SYSTEM, said('user', 'dogs?')]
    for (const salt of ['a', 'b', 'a', null, '']) await lookup.narrow(chat, { salt })
    expect(model.read).toHaveLength(3 * (FACTS.length + 1))
  })

  test('without the exchange before where that is long', async () => {
    const long = said('assistant', 'price '.repeat(40))
    await lookup.narrow([SYSTEM, said('user', 'hi'), long, said('user', 'dogs?')])
    expect(model.read).toContain('user\ndogs?\nassistant\n')
  })
})

describe('a chat stays as it is', () => {
  test.each<[string, ChatMessage[]]>([
    ['without a system message', [said('user', 'dogs?')]],
    ['with nothing to look up', [said('system', 'Be brief.'), said('user', 'dogs?')]],
    ['without a question', [SYSTEM, said('assistant', 'Hello!')]],
    ['when it is empty', []],
  ])('%s', async (_, messages) => {
    expect(await lookup.narrow(messages)).toEqual(messages)
    expect(model.read).toEqual([])
  })
})

test('a signal stops it', async () => {
  const stop = new AbortController()
  const embed = model.embed.bind(model)
  model.embed = (tokens) => {
    if (model.read.length === 2) stop.abort()
    return embed(tokens)
  }
  expect(await lookup.narrow([SYSTEM, said('user', 'dogs?')], { signal: stop.signal })).toBeNull()
  expect(model.read).toHaveLength(3)
})

test('a system message that would take long to read is refused', async () => {
  const facts = Array.from({ length: 700 }, (_, i) => `Room ${i} costs ${i} euros.`).join('\n')
  const asked = lookup.narrow([said('system', `Fox Inn.\n${facts}`), said('user', 'dogs?')])
  await expect(asked).rejects.toMatchObject({ code: 'context_length_exceeded', param: 'messages' })
  expect(model.read).toEqual([])
})

describe('a text generator', () => {
  const messages = [SYSTEM, said('user', 'dogs?')]

  test('answers what was looked up, if its model has learnt to', async () => {
    const generator = new TextGenerator({
      ...{ model, tokenizer, chatTemplate: TEMPLATE, lookup: WEIGHTS },
    })
    const ids = await generator.promptOf(messages)
    expect(ids).toEqual(generator.encodeChat((await lookup.narrow(messages))!))
    expect(generator.decode(ids!)).toContain('Fox Inn.\nDogs are welcome.\n')
  })

  test('else the chat itself', async () => {
    for (const parts of [
      { model, lookup: null },
      { model: new TableModel(() => [0], { eosIds: [END] }), lookup: WEIGHTS },
    ]) {
      const generator = new TextGenerator({ ...parts, tokenizer, chatTemplate: TEMPLATE })
      expect(await generator.promptOf(messages)).toEqual(generator.encodeChat(messages))
    }
  })
})
