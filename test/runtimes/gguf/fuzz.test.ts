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

interface Change {
  place: number
  width: number
  value: bigint
}

/** Changes of a byte, 4 bytes or 8 bytes, at places of these. */
const changesAt = (place: fc.Arbitrary<number>): fc.Arbitrary<Change[]> =>
  fc.array(
    fc.record({
      place,
      width: fc.constantFrom(1, 4, 8),
      value: fc.oneof(awkward, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })),
    }),
    { minLength: 1, maxLength: 3 },
  )

/** Any whole number below `end`, each as likely as any other. */
const below = (end: number, start = 0) => fc.noBias(fc.integer({ min: start, max: end - 1 }))

function changed(bytes: Uint8Array, changes: Change[]): Uint8Array {
  const copy = Uint8Array.from(bytes)
  for (const { place, width, value } of changes) {
    const little = new Uint8Array(BigUint64Array.of(value).buffer).subarray(0, width)
    copy.set(little.subarray(0, copy.length - place), place)
  }
  return copy
}

/** How often each came; each must have come often enough for a test to mean something. */
function tally(outcomes: Outcome[]): Record<Outcome, number> {
  const count = { loaded: 0, more: 0, refused: 0 }
  for (const outcome of outcomes) count[outcome]++
  return count
}

test('a tiny file with changes in its header loads or is refused, at any length', () => {
  const good = writeGguf(tinyLlama())
  const header = parseHeader(good, good.length)
  if (header === 'more') throw new Error('The header was not found whole')
  expect(load(good, good.length, true)).toBe('loaded')
  const whole: Outcome[] = []
  const parts: Outcome[] = []
  fc.assert(
    fc.property(
      changesAt(below(header.headerBytes)),
      below(good.length),
      fc.boolean(),
      (changes, length, isAll) => {
        const bytes = changed(good, changes)
        whole.push(load(bytes, bytes.length, true))
        parts.push(load(bytes.subarray(0, length), isAll ? length : null, false))
      },
    ),
    { seed: 5, numRuns: 1500 },
  )
  expect(tally(whole).loaded).toBeGreaterThan(100)
  expect(tally(whole).refused).toBeGreaterThan(100)
  expect(tally(parts).more).toBeGreaterThan(20)
})

test('the default model’s file with a changed header loads or is refused', () => {
  const file = readFileSync(new URL('../../../model/edgewise-chat/model.gguf', import.meta.url))
  const whole = parseHeader(file, file.length)
  if (whole === 'more') throw new Error('The header was not found whole')
  // The vocabulary fills most of it: most changes go to what stands before, and behind.
  const vocabulary = file.indexOf('tokenizer.ggml.tokens')
  const tensors = file.indexOf('token_embd.weight') - 8
  const { headerBytes } = whole
  const head = file.subarray(0, headerBytes)
  const places = fc.oneof(below(vocabulary), below(headerBytes, tensors), below(headerBytes))
  const outcomes: Outcome[] = []
  fc.assert(
    fc.property(changesAt(places), (changes) => {
      outcomes.push(load(changed(head, changes), file.length, false))
    }),
    { seed: 6, numRuns: 300 },
  )
  expect(tally(outcomes).loaded).toBeGreaterThan(20)
  expect(tally(outcomes).refused).toBeGreaterThan(20)
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
