import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ColdLoad } from '../../worker/engine/cold-load.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const keepAlive = () => {}
const later = <T>(value: T, milliseconds: number) =>
  new Promise<T>((resolve) => setTimeout(() => resolve(value), milliseconds))

describe('cold load', () => {
  test('one load serves all who wait for it, and all who come after', async () => {
    const cold = new ColdLoad<string>()
    const load = vi.fn(() => later('model', 300))
    const all = Promise.all([1, 2, 3].map(() => cold.get(load, keepAlive)))
    expect(cold.state).toBe('loading')
    await vi.advanceTimersByTimeAsync(400)
    expect(await all).toEqual(['model', 'model', 'model'])
    expect(await cold.get(load, keepAlive)).toBe('model')
    expect(load).toHaveBeenCalledTimes(1)
    expect(cold.state).toBe('ready')
  })

  test('the load is kept alive for as long as it takes', async () => {
    const cold = new ColdLoad<string>()
    let done = false
    const got = cold.get(
      () => later('model', 300),
      (work) => {
        work.then(() => {
          done = true
        })
      },
    )
    await vi.advanceTimersByTimeAsync(200)
    expect(done).toBe(false)
    await vi.advanceTimersByTimeAsync(200)
    expect(done).toBe(true)
    expect(await got).toBe('model')
  })

  test('whoever leaves stops waiting; the load goes on for the others', async () => {
    const cold = new ColdLoad<string>()
    const leave = new AbortController()
    const left = expect(cold.get(() => later('model', 300), keepAlive, leave.signal)).rejects.toBe(
      'gone',
    )
    const stays = cold.get(() => later('another', 300), keepAlive)
    leave.abort('gone')
    await vi.advanceTimersByTimeAsync(400)
    await left
    expect(await stays).toBe('model')
  })

  test('a load that died without a word is taken over', async () => {
    const cold = new ColdLoad<string>()
    // Its request is gone and with it every timer it had, its heartbeat's too.
    const beat = vi.spyOn(globalThis, 'setInterval').mockReturnValueOnce(0 as never)
    const leave = new AbortController()
    cold.get(() => new Promise<string>(() => {}), keepAlive, leave.signal).catch(() => {})
    leave.abort()
    beat.mockRestore()
    const load = vi.fn(() => later('model', 100))
    const all = Promise.all([cold.get(load, keepAlive), cold.get(load, keepAlive)])
    await vi.advanceTimersByTimeAsync(500)
    expect(load).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(2_000)
    expect(await all).toEqual(['model', 'model'])
    expect(load).toHaveBeenCalledTimes(1)
  })

  test('a failure is everybody’s for a while, then it is tried again', async () => {
    const cold = new ColdLoad<string>()
    const load = vi
      .fn<() => Promise<string>>()
      .mockRejectedValueOnce(new Error('no weights'))
      .mockResolvedValueOnce('model')
    const failed = expect(cold.get(load, keepAlive)).rejects.toThrow('no weights')
    await vi.advanceTimersByTimeAsync(50)
    await failed
    expect(cold.state).toBe('failed')
    await expect(cold.get(load, keepAlive)).rejects.toThrow('no weights')
    expect(load).toHaveBeenCalledTimes(1)
    await vi.advanceTimersByTimeAsync(10_000)
    const again = cold.get(load, keepAlive)
    await vi.advanceTimersByTimeAsync(50)
    expect(await again).toBe('model')
  })
})
