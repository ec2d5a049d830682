import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { together } from '../../decoder/together.ts'

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

async function* count(name: string, length: number, log: string[] = []): AsyncGenerator<string> {
  try {
    for (let i = 0; i < length; i++) {
      await turn()
      log.push(name)
      yield `${name}${i}`
    }
  } finally {
    log.push(`${name} closed`)
  }
}

async function collect(items: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = []
  for await (const item of items) all.push(item)
  return all
}

describe('side by side', () => {
  test('each item once, those of a source in order, never more sources at work than wanted', async () => {
    const lengths = fc.array(fc.nat(6), { maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(lengths, fc.integer({ min: 1, max: 10 }), async (sizes, width) => {
        const open = new Set<number>()
        let most = 0
        async function* source(i: number) {
          open.add(i)
          most = Math.max(most, open.size)
          yield* count(`${i}:`, sizes[i]!)
          open.delete(i)
        }
        const all = await collect(
          together(
            sizes.map((_, i) => source(i)),
            width,
          ),
        )
        for (const [i, size] of sizes.entries()) {
          const own = all.filter((item) => item.startsWith(`${i}:`))
          expect(own).toEqual(Array.from({ length: size }, (_, k) => `${i}:${k}`))
        }
        expect(all).toHaveLength(sizes.reduce((a, b) => a + b, 0))
        expect(most).toBeLessThanOrEqual(width)
      }),
      { seed: 1, numRuns: 60 },
    )
  })

  test('all come along', async () => {
    const log: string[] = []
    await collect(together([count('a', 20, log), count('b', 20, log)], 2))
    for (let i = 0; i < 36; i += 4)
      expect(new Set(log.slice(i, i + 4))).toEqual(new Set(['a', 'b']))
  })

  test('a reader who leaves closes all', async () => {
    const log: string[] = []
    for await (const _ of together([count('a', 9, log), count('b', 9, log), count('c', 9, log)], 2))
      break
    expect(log.filter((entry) => entry.endsWith('closed')).sort()).toEqual(['a closed', 'b closed'])
  })

  test('who fails closes the others and is heard', async () => {
    const log: string[] = []
    const unhandled = vi.fn()
    process.on('unhandledRejection', unhandled)
    async function* broken(): AsyncGenerator<string> {
      yield 'x'
      throw new Error('broken')
    }
    await expect(collect(together([count('a', 9, log), broken()], 2))).rejects.toThrow('broken')
    await turn()
    expect(log).toContain('a closed')
    expect(unhandled).not.toHaveBeenCalled()
    process.off('unhandledRejection', unhandled)
  })
})
