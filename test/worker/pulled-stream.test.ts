import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, test, vi } from 'vitest'
import { pulledStream } from '../../worker/http/pulled-stream.ts'

function open(
  source: AsyncGenerator<string>,
  more: { heartbeatMs?: number; idleMs?: number } = {},
) {
  const hooks = { abort: vi.fn(), failure: vi.fn(() => 'failed') }
  const ended = vi.fn()
  async function* watched() {
    try {
      yield* source
    } finally {
      ended()
    }
  }
  return { hooks, ended, stream: pulledStream(watched(), { heartbeat: '.', ...more, ...hooks }) }
}

async function* count(made: number[], pauseMs = 0) {
  for (let i = 0; ; i++) {
    if (pauseMs > 0) await wait(pauseMs)
    made.push(i)
    yield `${i} `
  }
}

const text = async (stream: ReadableStream<Uint8Array>) => new Response(stream).text()

describe('pulled stream', () => {
  test('makes nothing before it is asked for, and no more than is taken', async () => {
    const made: number[] = []
    const { stream } = open(count(made))
    await wait(5)
    expect(made).toEqual([])
    const reader = stream.getReader()
    for (let i = 0; i < 3; i++) await reader.read()
    await wait(5)
    expect(made).toEqual([0, 1, 2])
    await reader.cancel()
  })

  test('ends when its source does', async () => {
    const { stream, hooks, ended } = open(
      (async function* () {
        yield 'a'
        yield 'b'
      })(),
    )
    expect(await text(stream)).toBe('ab')
    expect(ended).toHaveBeenCalledTimes(1)
    expect(hooks.abort).not.toHaveBeenCalled()
  })

  test('sends signs of life while the source is at work', async () => {
    const { stream } = open(
      (async function* () {
        await wait(50)
        yield 'late'
      })(),
      { heartbeatMs: 15 },
    )
    expect(await text(stream)).toMatch(/^\.{2,}late$/)
  })

  test('a reader who cancels ends the source', async () => {
    const { stream, hooks, ended } = open(count([]))
    const reader = stream.getReader()
    await reader.read()
    await reader.cancel()
    expect(hooks.abort).toHaveBeenCalledTimes(1)
    await expect.poll(() => ended.mock.calls.length).toBe(1)
  })

  test('a reader who takes nothing any more loses its turn', async () => {
    const { stream, hooks, ended } = open(count([]), { idleMs: 20 })
    const reader = stream.getReader()
    await reader.read()
    await wait(60)
    expect(hooks.abort).toHaveBeenCalledTimes(1)
    expect(ended).toHaveBeenCalledTimes(1)
    await expect(reader.read()).rejects.toThrow('too long')
  })

  test('so does one that never took anything', async () => {
    const { hooks } = open(count([]), { idleMs: 20 })
    await wait(60)
    expect(hooks.abort).toHaveBeenCalledTimes(1)
  })

  test('a slow source is no idle reader', async () => {
    const made: number[] = []
    const { stream, hooks } = open(count(made, 50), { idleMs: 20, heartbeatMs: 1000 })
    const reader = stream.getReader()
    await reader.read()
    expect(hooks.abort).not.toHaveBeenCalled()
    await reader.cancel()
  })

  test('last words when the source breaks', async () => {
    const broken = async function* () {
      yield 'a '
      throw new Error('broken')
    }
    const { stream, hooks, ended } = open(broken())
    expect(await text(stream)).toBe('a failed')
    expect(hooks.failure).toHaveBeenCalledWith(new Error('broken'))
    expect(ended).toHaveBeenCalledTimes(1)

    const silent = open(broken())
    silent.hooks.failure.mockReturnValue(null as never)
    await expect(text(silent.stream)).rejects.toThrow('broken')
    expect(silent.ended).toHaveBeenCalledTimes(1)
  })
})
