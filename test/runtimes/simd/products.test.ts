import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Kernels, startKernels } from '../../../runtimes/simd/kernels.ts'
import { int8Products } from '../../../runtimes/simd/products.ts'
import { compileEngine } from '../../../scripts/lib/engine.ts'

const RELAXED = new URL('../../../dist/engine/kernels-relaxed.wasm', import.meta.url)
const BLOCK = 32
const BLOCK_BYTES = 34
/** Of the kernels' layout, sixteen rows of a block. */
const GROUP_BLOCK_BYTES = 576

let kernels: Required<Kernels>
beforeAll(async () => {
  await compileEngine()
  const module = await WebAssembly.compile(readFileSync(RELAXED))
  kernels = (await startKernels(module)) as Required<Kernels>
  kernels.memory.grow(64)
})

/** Rows of Q8_0: scales that are powers of two, so that float16 is easily written, and bytes of all values. */
interface Case {
  rows: number
  blocks: number
  exponents: number[]
  bytes: number[]
  x: number[]
  count: number
}

const cases: fc.Arbitrary<Case> = fc
  .record({
    rows: fc.integer({ min: 1, max: 40 }),
    blocks: fc.integer({ min: 1, max: 4 }),
    count: fc.integer({ min: 1, max: 5 }),
  })
  .chain(({ rows, blocks, count }) => {
    const inputs = blocks * BLOCK
    const list = <T>(value: fc.Arbitrary<T>, length: number) =>
      fc.array(value, { minLength: length, maxLength: length })
    return fc.record({
      ...{ rows: fc.constant(rows), blocks: fc.constant(blocks), count: fc.constant(count) },
      exponents: list(fc.integer({ min: -12, max: 3 }), rows * blocks),
      bytes: list(fc.integer({ min: -128, max: 127 }), rows * inputs),
      x: list(fc.float({ min: -100, max: 100, noNaN: true }), count * inputs),
    })
  })

function q8Rows({ rows, blocks, exponents, bytes }: Case): Uint8Array {
  const data = new Uint8Array(rows * blocks * BLOCK_BYTES)
  const view = new DataView(data.buffer)
  for (let block = 0; block < rows * blocks; block++) {
    view.setUint16(block * BLOCK_BYTES, (exponents[block]! + 15) << 10, true)
    for (let i = 0; i < BLOCK; i++) {
      view.setInt8(block * BLOCK_BYTES + 2 + i, bytes[block * BLOCK + i]!)
    }
  }
  return data
}

/** What a way of multiplying makes of a case, [count][rows]. */
function multiply(
  input: Case,
  quantize: Kernels['quantizeWide'],
  product: Kernels['productWide'],
): Float32Array[] {
  const { rows, blocks, count, x } = input
  const padded = Math.ceil(rows / 16) * 16
  let top = Math.ceil(kernels.heapBase() / 64) * 64
  const allocate = (bytes: number) => {
    const address = top
    top += Math.ceil(bytes / 64) * 64
    new Uint8Array(kernels.memory.buffer, address, top - address).fill(0)
    return address
  }
  const data = q8Rows(input)
  const source = allocate(data.length)
  new Uint8Array(kernels.memory.buffer, source).set(data)
  const weights = allocate((padded / 16) * blocks * GROUP_BLOCK_BYTES)
  const corrections = allocate(padded * 4)
  kernels.packInt8(source, 8, weights, corrections, 0, rows, blocks)
  const from = allocate(x.length * 4)
  new Float32Array(kernels.memory.buffer, from).set(x)
  const u = allocate(x.length * 2)
  const scales = allocate(count * 4)
  quantize(from, u, scales, count, blocks * BLOCK)
  const out = allocate(count * padded * 4)
  const wide = allocate(blocks * 1024)
  product(weights, corrections, u, scales, count, out, padded * 4, padded, blocks, wide)
  return Array.from({ length: count }, (_, m) =>
    new Float32Array(kernels.memory.buffer, out + m * padded * 4, rows).slice(),
  )
}

describe('products of int8 matrices', () => {
  test('planes of 7 bits and numbers of 16 bits give the same bits', () => {
    fc.assert(
      fc.property(cases, (input) => {
        expect(multiply(input, kernels.quantizePlanes, kernels.productPlanes)).toEqual(
          multiply(input, kernels.quantizeWide, kernels.productWide),
        )
      }),
      { seed: 31, numRuns: 200 },
    )
  })

  test('are those of real numbers, but for the rounding of activations to 14 bits', () => {
    fc.assert(
      fc.property(cases, (input) => {
        const { rows, blocks, exponents, bytes, x } = input
        const inputs = blocks * BLOCK
        const actual = multiply(input, kernels.quantizePlanes, kernels.productPlanes)
        for (const [m, row] of actual.entries()) {
          const values = x.slice(m * inputs, (m + 1) * inputs)
          const step = Math.max(...values.map(Math.abs)) / 8191
          for (let r = 0; r < rows; r++) {
            let exact = 0
            let size = 0
            for (const [i, value] of values.entries()) {
              const scale = 2 ** exponents[r * blocks + Math.floor(i / BLOCK)]!
              const weight = scale * bytes[r * inputs + i]!
              exact += weight * value
              size += Math.abs(weight)
            }
            // Half a step an activation; float32's own rounding meets sums of up to 16383 steps.
            const bound = size * step * (0.5 + 16383 * 2 ** -22)
            expect(Math.abs(row[r]! - exact)).toBeLessThanOrEqual(bound + 1e-30)
          }
        }
      }),
      { seed: 32, numRuns: 200 },
    )
  })
})

describe('which products are chosen', () => {
  const choice = (probe: number | undefined) => {
    const { productPlanes, probeDot, ...rest } = kernels
    const all = probe === undefined ? rest : { ...rest, productPlanes, probeDot: () => probe }
    return int8Products(all as Kernels).multiply
  }

  test('planes where the instruction is one: vpdpbusd, sdot', () => {
    expect(choice(4 * 127 * 255)).toBe(kernels.productPlanes)
    expect(choice(-4 * 127)).toBe(kernels.productPlanes)
  })

  test('16 bits where it is several (vpmaddubsw cuts sums off), and without relaxed SIMD', () => {
    expect(choice(2 * 32767)).toBe(kernels.productWide)
    expect(choice(undefined)).toBe(kernels.productWide)
  })

  test('the probe sees one of these on this machine', () => {
    expect([4 * 127 * 255, -4 * 127, 2 * 32767]).toContain(kernels.probeDot(127, 255))
  })
})
