/** The machine's limits on one thread of WebAssembly: how fast it reads, and how fast it multiplies. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import asc from 'assemblyscript/asc'
import { ROOT } from '../../scripts/lib/paths.ts'

interface Limits {
  memory: WebAssembly.Memory
  read(from: number, bytes: number): number
  multiply(at: number, rounds: number): number
}

const SOURCE = join(ROOT, 'bench/assembly/limits.ts')
const OUTPUT = join(ROOT, '.cache/bench/limits.wasm')
const ROUNDS = 1_000_000
const PER_ROUND = 8 * 16
const START = 65536

export async function startLimits(): Promise<Limits> {
  const { error, stderr } = await asc.main([
    SOURCE,
    ...['--outFile', OUTPUT, '-O3', '--noAssert', '--runtime', 'stub', '--use', 'abort='],
    ...['--enable', 'simd', '--enable', 'relaxed-simd'],
  ])
  if (error) throw new Error(`The limits do not compile: ${stderr.toString()}`)
  const { exports } = await WebAssembly.instantiate(
    new WebAssembly.Module(readFileSync(OUTPUT)),
    {},
  )
  return exports as unknown as Limits
}

/** Milliseconds to read so many bytes that were read a moment ago, as a model's weights are at every token. */
export function readTime({ memory, read }: Limits, bytes: number): number {
  const whole = Math.ceil(bytes / 65536) * 65536
  memory.grow(Math.max(0, (START + whole - memory.buffer.byteLength) / 65536))
  // Pages that nobody wrote to are all one page.
  new Uint8Array(memory.buffer, START, whole).fill(1)
  return (shortest(() => read(START, whole)) * bytes) / whole
}

/** Products of two bytes, with their additions, a millisecond. */
export function multiplyRate({ memory, multiply }: Limits): number {
  memory.grow(Math.max(0, 1 - memory.buffer.byteLength / 65536))
  return (ROUNDS * PER_ROUND) / shortest(() => multiply(0, ROUNDS))
}

/** Milliseconds of the quickest of many runs: a limit, and short enough to find the machine to itself. */
export function shortest(work: () => void): number {
  let best = Infinity
  for (const end = performance.now() + 500; performance.now() < end; ) {
    const start = performance.now()
    work()
    best = Math.min(best, performance.now() - start)
  }
  return best
}
