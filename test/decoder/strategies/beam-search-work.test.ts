import { expect, test } from 'vitest'
import { search } from '../../support/search.ts'
import { scrambled, TableModel } from '../../support/table-model.ts'

test('all beams in one pass a step, and no cache is left', async () => {
  const model = new TableModel(scrambled(12, 1), { eosIds: [] })
  const passes: number[] = []
  const forward = model.forward.bind(model)
  model.forward = (steps) => {
    passes.push(steps.length)
    return forward(steps)
  }
  await search(model, [1, 2, 3], { num_beams: 5, max_tokens: 4 })
  expect(passes).toEqual([1, 5, 5, 5])
  expect(model.caches).toBe(0)
})

test('an abort ends it with the best so far, within a step', async () => {
  const signal = { aborted: false }
  const model = new TableModel(
    (tokens) => {
      if (tokens.length === 4) signal.aborted = true
      return scrambled(8, 3)(tokens)
    },
    { eosIds: [] },
  )
  const { answers, steps } = await search(
    model,
    [1, 2],
    { num_beams: 3, max_tokens: 30 },
    { signal: signal as AbortSignal },
  )
  expect(steps).toHaveLength(3)
  expect(answers).toHaveLength(1)
  expect(answers[0]!.done.finish_reason).toBe('abort')
  expect(answers[0]!.ids).toHaveLength(3)
  expect(model.caches).toBe(0)
})

test('a reader who leaves, and a model that fails, leave no cache', async () => {
  let calls = 0
  const model = new TableModel((tokens) => {
    if (++calls > 9) throw new Error('broken')
    return scrambled(8, 3)(tokens)
  })
  await expect(search(model, [1], { num_beams: 4, max_tokens: 30 })).rejects.toThrow('broken')
  expect(model.caches).toBe(0)
})

test('usage counts each answer’s own tokens', async () => {
  const { answers } = await search(new TableModel(scrambled(6, 8)), [1, 2, 3], {
    num_beams: 3,
    num_return_sequences: 3,
    max_tokens: 5,
  })
  for (const { ids, done } of answers) {
    expect(done.usage).toEqual({
      prompt_tokens: 3,
      cached_tokens: 0,
      completion_tokens: ids.length,
    })
  }
})
