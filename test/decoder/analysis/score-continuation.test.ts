import { expect, test } from 'vitest'
import { scoreContinuation } from '../../../decoder/analysis/score-continuation.ts'
import { PrefixCache } from '../../../decoder/conversation/prefix-cache.ts'
import { Scheduler } from '../../../decoder/scheduler/scheduler.ts'
import { ByteTokenizer } from '../../support/byte-tokenizer.ts'
import { logSoftmax } from '../../support/enumerate.ts'
import { scrambled, TableModel } from '../../support/table-model.ts'

const tokenizer = new ByteTokenizer()
const next = scrambled(tokenizer.vocabSize, 5)
const make = (config = {}) => {
  const model = new TableModel(next, { contextLength: 200, ...config })
  const parts = { scheduler: new Scheduler(model), prefixes: new PrefixCache(model, 1e6) }
  return { model, tokenizer, draft: null, ...parts }
}
const prompt = tokenizer.encode('What does a ticket for the museum cost on Sundays?')
const continuation = tokenizer.encode(' Five euros.')

test('equals the chain rule, token by token', async () => {
  let expected = 0
  for (const [i, id] of continuation.entries()) {
    expected += logSoftmax(next([...prompt, ...continuation.slice(0, i)]))[id]!
  }
  // A pass holds 8 tokens with so many parameters.
  for (const config of [{}, { parameters: 1e9 }]) {
    expect(await scoreContinuation(make(config), prompt, continuation)).toBeCloseTo(expected, 4)
  }
})

const fed = ({ model }: ReturnType<typeof make>) => model.fed.flat().length

test('only what is not kept of an earlier text is computed', async () => {
  const shared = make()
  await scoreContinuation(shared, prompt, continuation)
  expect(fed(shared)).toBe(prompt.length + continuation.length - 1)
  const other = tokenizer.encode(' Nothing.')
  const before = fed(shared)
  const again = await scoreContinuation(shared, prompt, other)
  expect(fed(shared) - before).toBe(1 + other.length - 1)
  expect(again).toBe(await scoreContinuation(make(), prompt, other))
})

test('nothing comes of what is stopped, and what was computed is kept', async () => {
  const shared = make({ parameters: 1e9 })
  const stop = new AbortController()
  const forward = shared.model.forward.bind(shared.model)
  shared.model.forward = (steps) => {
    stop.abort()
    return forward(steps)
  }
  const options = { signal: stop.signal }
  expect(await scoreContinuation(shared, prompt, continuation, options)).toBeNull()
  expect(shared.prefixes.held(prompt)).toBe(8)
})

test('what the context can’t hold is refused', async () => {
  const shared = make({ contextLength: prompt.length })
  const refusal = { code: 'context_length_exceeded' }
  await expect(scoreContinuation(shared, prompt, continuation)).rejects.toMatchObject(refusal)
  expect(shared.model.caches).toBe(0)
})
