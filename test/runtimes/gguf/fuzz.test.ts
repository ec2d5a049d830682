import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DecodingError } from '../../../decoder/errors.ts'
import { parseHeader } from '../../../runtimes/gguf/header.ts'
import { llamaModel } from '../../../runtimes/gguf/model.ts'
import { ggufTokenizer } from '../../../runtimes/gguf/tokenizer.ts'
import { writeGguf } from '../../support/gguf-writer.ts'
import { tinyLlama } from '../../support/tiny-llama.ts'

type Outcome = 'loaded' | 'more' | 'refused'

/** Loads as far as a loader goes before it takes memory for the weights; only a DecodingError may come of it. */
function load(bytes: Uint8Array, fileSize: number | null, withTokenizer: boolean): Outcome {
  try {
    const header = parseHeader(bytes, fileSize)
    if (header === 'more') return 'more'
    const { tensors } = llamaModel(header)
    for (const { offset, bytes: size } of Object.values(tensors)) {
      expect(offset).toBeGreaterThanOrEqual(header.dataStart)
      if (fileSize !== null) expect(offset + size).toBeLessThanOrEqual(fileSize)
    }
    if (withTokenizer) ggufTokenizer(header.metadata)
    return 'loaded'
  } catch (error) {
    if (error instanceof DecodingError && error.code === 'model_unusable') return 'refused'
    throw error
  }
}

/** Numbers that break readers: 0, -1, powers of two and their neighbours. */
const awkward = fc.oneof(
  fc.bigInt({ min: 0n, max: 64n }),
  fc.integer({ min: 0, max: 63 }).map((power) => 2n ** BigInt(power)),
  fc.integer({ min: 1, max: 64 }).map((power) => 2n ** BigInt(power) - 1n),
)

/** A change at some place: a byte, 4 bytes or 8 bytes. */
const change = fc.record({
  place: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  width: fc.constantFrom(1, 4, 8),
  value: fc.oneof(awkward, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })),
})

function changed(
  bytes: Uint8Array,
  changes: { place: number; width: number; value: bigint }[],
): Uint8Array {
  const copy = Uint8Array.from(bytes)
  for (const { place, width, value } of changes) {
    const start = Math.floor(place * copy.length)
    const little = new Uint8Array(BigUint64Array.of(value).buffer).subarray(0, width)
    copy.set(little.subarray(0, copy.length - start), start)
  }
  return copy
}

const changes = fc.array(change, { minLength: 1, maxLength: 4 })

test('a tiny file with changes anywhere loads or is refused, at any length', () => {
  const good = writeGguf(tinyLlama())
  expect(load(good, good.length, true)).toBe('loaded')
  const seen = new Set<Outcome>()
  fc.assert(
    fc.property(
      changes,
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.boolean(),
      (list, share, cut) => {
        const bytes = changed(good, list)
        seen.add(load(bytes, bytes.length, true))
        const part = bytes.subarray(0, Math.floor(bytes.length * share))
        seen.add(load(part, cut ? part.length : null, false))
      },
    ),
    { seed: 5, numRuns: 1500 },
  )
  expect([...seen].sort()).toEqual(['loaded', 'more', 'refused'])
})

test('the default model’s file with a changed header loads or is refused', () => {
  const file = readFileSync(new URL('../../../model/edgewise-chat/model.gguf', import.meta.url))
  const whole = parseHeader(file, file.length)
  if (whole === 'more') throw new Error('The header was not found whole')
  // The vocabulary fills most of it: half of the changes go to what stands before, and behind.
  const vocabulary = file.indexOf('tokenizer.ggml.tokens')
  const tensors = file.indexOf('token_embd.weight') - 8
  const head = file.subarray(0, whole.headerBytes)
  const seen = new Set<Outcome>()
  const place = fc.oneof(
    fc.integer({ min: 0, max: vocabulary }),
    fc.integer({ min: tensors, max: whole.headerBytes - 1 }),
    fc.integer({ min: 0, max: whole.headerBytes - 1 }),
  )
  const placed = fc
    .tuple(change, place)
    .map(([entry, at]) => ({ ...entry, place: at / head.length }))
  fc.assert(
    fc.property(fc.array(placed, { minLength: 1, maxLength: 3 }), (list) => {
      seen.add(load(changed(head, list), file.length, false))
    }),
    { seed: 6, numRuns: 300 },
  )
  expect(seen).toContain('loaded')
  expect(seen).toContain('refused')
})

test('any bytes are refused or wait for more', () => {
  const magic = Uint8Array.of(0x47, 0x47, 0x55, 0x46, 3, 0, 0, 0)
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.boolean(), (bytes, isGguf) => {
      const file = isGguf ? Uint8Array.from([...magic, ...bytes]) : bytes
      expect(load(file, file.length, false)).toBe('refused')
      expect(load(file, null, false)).not.toBe('loaded')
    }),
    { seed: 7, numRuns: 1000 },
  )
})
