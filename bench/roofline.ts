import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseHeader } from '../runtimes/gguf/header.ts'
import { loadForNode } from '../scripts/lib/load-model.ts'
import { locateModel } from '../scripts/lib/model-location.ts'
import { multiplyRate, readTime, shortest, startLimits } from './lib/limits.ts'
import { compare, type Result } from './lib/measure.ts'
import type { Entry } from './models/entries.ts'

const CONTEXT = 64
/** Int8 weights with a float32 scale for each 32. */
const BYTES_PER_WEIGHT = 36 / 32
/** Activations of 14 bits are two planes of 7. */
const PRODUCTS_PER_WEIGHT = 2
/** What the engine is meant to reach. */
const GOAL = 70

/**
 * How much of a decode step is spent in matrix products, and how near these come to the machine's limit: the slower of
 * reading all weights once and multiplying them. Williams, Waterman and Patterson 2009, "Roofline".
 */
export async function benchRoofline({ name, folder, promptOf }: Entry): Promise<Result[]> {
  const products = recordProducts()
  const { model } = await loadForNode(locateModel(folder), 'simd')
  const cache = model.createCache()
  await model.forward([{ cache, tokens: promptOf(CONTEXT).ids }])
  const step = await shortestStep(async () => {
    await model.forward([{ cache, tokens: [1] }])
    cache.truncate(CONTEXT)
  })
  const calls = await products.of(() => model.forward([{ cache, tokens: [1] }]))
  const time = shortest(() => {
    for (const call of calls) call()
  })

  const weights = weightsIn(folder)
  const limits = await startLimits()
  const reading = readTime(limits, weights * BYTES_PER_WEIGHT)
  const multiplying = (weights * PRODUCTS_PER_WEIGHT) / multiplyRate(limits)
  const [limit, what] =
    reading > multiplying ? [reading, 'memory'] : [multiplying, 'multiplications']
  const perSecond = (milliseconds: number) => weights / milliseconds / 1e6
  const label = `${name}, roofline`
  return [
    compare(
      `${label}: matrix products of a decode step`,
      'G multiply-adds/s',
      perSecond(time),
      `limit of this machine's ${what}`,
      perSecond(limit),
    ),
    compare(
      `${label}: a decode step's time in matrix products`,
      '% of the time',
      (100 * time) / step,
      'goal',
      GOAL,
    ),
  ]
}

/** Weights that meet each token; the embedding is the output layer too. */
function weightsIn(folder: string): number {
  const file = readFileSync(join(folder, 'model.gguf'))
  const header = parseHeader(file, file.length)
  if (header === 'more') throw new Error(`${folder} is cut short`)
  return header.tensors
    .filter(({ shape }) => shape.length === 2)
    .reduce((sum, { shape }) => sum + shape[0]! * shape[1]!, 0)
}

async function shortestStep(work: () => Promise<unknown>): Promise<number> {
  let best = Infinity
  for (const end = performance.now() + 1000; performance.now() < end; ) {
    const start = performance.now()
    await work()
    best = Math.min(best, performance.now() - start)
  }
  return best
}

/** Stands between an engine that is started from now on and its kernels, to do its products again without the rest. */
function recordProducts() {
  const { instantiate } = WebAssembly
  let record: ((call: () => void) => void) | null = null
  const wrapped = (product: (...args: number[]) => void) =>
    function product_(...args: number[]) {
      record?.(() => product(...args))
      product(...args)
    }
  Object.assign(WebAssembly, {
    async instantiate(module: WebAssembly.Module, imports: WebAssembly.Imports) {
      Object.assign(WebAssembly, { instantiate })
      const { exports } = await instantiate(module, imports)
      const entries = Object.entries(exports).map(([name, value]) =>
        name.startsWith('product') ? [name, wrapped(value as never)] : [name, value],
      )
      return { exports: Object.fromEntries(entries) }
    },
  })
  return {
    /** The products that something calls for. */
    async of(work: () => Promise<unknown>): Promise<(() => void)[]> {
      const calls: (() => void)[] = []
      record = (call) => calls.push(call)
      await work()
      record = null
      return calls
    },
  }
}
