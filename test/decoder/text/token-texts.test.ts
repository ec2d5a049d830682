import { expect, test } from 'vitest'
import type { GenerationEvent, TextEvent } from '../../../decoder/index.ts'
import { tokenTexts } from '../../../decoder/text/token-texts.ts'
import { ByteTokenizer } from '../../support/byte-tokenizer.ts'

const tokenizer = new ByteTokenizer()

/** Passes of a speculative generation: what each was worth, and the text it made. */
async function* passes(...made: [proposed: number, accepted: number, text: string][]) {
  for (const [proposed, accepted, text] of made) {
    yield { type: 'draft', proposed, accepted } as GenerationEvent
    for (const id of tokenizer.encode(text)) {
      yield { type: 'token', id, logprob: -1, entropy: 1, top: [] } as GenerationEvent
    }
  }
  const usage = { prompt_tokens: 2, cached_tokens: 0, completion_tokens: 99 }
  yield { type: 'done', finish_reason: 'length', stop_reason: null, usage } as GenerationEvent
}

async function last(stop: string[], ...made: Parameters<typeof passes>): Promise<TextEvent> {
  const options = { stop, includeStop: false, minTokens: 0, dropsLeadingSpace: false }
  const prompt = { prompt_tokens: 2, cached_tokens: 1 }
  const events: TextEvent[] = []
  for await (const event of tokenTexts(passes(...made), tokenizer, options, prompt)) {
    events.push(event)
  }
  return events.at(-1)!
}

test('what a stop string cuts off was not accepted', async () => {
  // The second pass made b c d e f, of which f is the target's own; the text ends with d.
  expect(await last(['d'], [3, 0, 'a'], [4, 4, 'bcdef'])).toEqual({
    type: 'done',
    finish_reason: 'stop',
    stop_reason: 'd',
    usage: {
      ...{ prompt_tokens: 2, cached_tokens: 1, completion_tokens: 4 },
      speculation: { proposed: 7, accepted: 3, passes: 2 },
    },
  })
})

test('a stop string at the end of a pass cuts nothing off', async () => {
  const done = await last(['f'], [4, 4, 'bcdef'])
  expect(done).toMatchObject({ usage: { speculation: { accepted: 4, passes: 1 } } })
})

test('without a stop string the strategy’s own count stands', async () => {
  expect(await last(['x'], [4, 1, 'ab'])).toMatchObject({ usage: { completion_tokens: 99 } })
})
