import { expect, test } from 'vitest'
import type { ForwardStep } from '../../../decoder/language-model.ts'
import { StandbyModel } from '../../../runtimes/fallback/standby-model.ts'
import { HeadedModel } from '../../support/markov-model.ts'
import { TableModel } from '../../support/table-model.ts'

const spell = (tokens: readonly number[]) => [tokens.reduce((sum, id) => sum * 10 + id, 0)]

/** A model on a processor that a test can take away, in one of the ways that engines react to it. */
function fragile(reaction: 'throws' | 'hangs') {
  const table = new TableModel(spell)
  const { promise: loss, resolve } = Promise.withResolvers<void>()
  let lost = false
  const forward = table.forward.bind(table)
  table.forward = async (steps: ForwardStep[]) => {
    if (!lost) return forward(steps)
    if (reaction === 'throws') throw new Error('device lost')
    return new Promise(() => {})
  }
  const lose = () => {
    lost = true
    setTimeout(resolve, 10)
  }
  return { table, loss, lose }
}

test.each(['throws', 'hangs'] as const)(
  'goes on elsewhere when the engine %s',
  async (reaction) => {
    const { table, loss, lose } = fragile(reaction)
    const standby = new TableModel(spell, { fingerprint: 'standby' })
    const model = new StandbyModel(table, loss, async () => standby)
    const cache = model.createCache()
    await model.forward([{ cache, tokens: [1, 2, 3] }])
    cache.truncate(2)
    const fork = cache.fork()
    lose()
    expect(await model.forward([{ cache, tokens: [4] }])).toEqual([[Float32Array.of(124)]])
    expect(await model.forward([{ cache: fork, tokens: [5, 6] }])).toEqual([
      [Float32Array.of(1256)],
    ])
    expect(await model.forward([{ cache, tokens: [7] }])).toEqual([[Float32Array.of(1247)]])
    expect(model.config.fingerprint).toBe('standby')
    // Each past is computed once.
    expect(standby.fed).toEqual([[1, 2], [4], [1, 2], [5, 6], [7]])
    expect([cache.length, fork.length]).toEqual([4, 4])
  },
)

test('another failure is passed on, and nothing changes', async () => {
  const { table, loss } = fragile('throws')
  const model = new StandbyModel(table, loss, () => Promise.reject(new Error('not to be called')))
  const cache = model.createCache()
  const long = new Array(65).fill(1)
  await expect(model.forward([{ cache, tokens: long }])).rejects.toThrow(RangeError)
  expect(cache.length).toBe(0)
})

test('without a standby it fails, and tries again at the next pass', async () => {
  const { table, loss, lose } = fragile('throws')
  let attempts = 0
  const model = new StandbyModel(table, loss, async () => {
    if (++attempts === 1) throw new Error('no network')
    return new TableModel(spell)
  })
  const cache = model.createCache()
  lose()
  await expect(model.forward([{ cache, tokens: [1] }])).rejects.toThrow('no network')
  expect(await model.forward([{ cache, tokens: [1] }])).toEqual([[Float32Array.of(1)]])
})

test('heads guess on after a loss, from a past that is computed again', async () => {
  const first = new HeadedModel(8, 1)
  const standby = new HeadedModel(8, 1)
  const { promise: loss, resolve } = Promise.withResolvers<void>()
  const model = new StandbyModel(first, loss, async () => standby)
  expect(model.heads).toBe(2)
  expect(new StandbyModel(new TableModel(spell), loss, async () => standby).heads).toBe(0)
  const cache = model.createCache()
  await model.forward([{ cache, tokens: [1, 2, 3] }])
  const guesses = await model.headLogits(cache)
  first.headLogits = () => new Promise(() => {})
  setTimeout(resolve, 10)
  expect(await model.headLogits(cache)).toEqual(guesses)
  expect(standby.fed).toEqual([[1, 2, 3]])
})
