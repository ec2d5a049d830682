import { describe, expect, test } from 'vitest'
import { type MaskedModel, maskPredict } from '../../../decoder/index.ts'

const MASK = 5

/** Gives each place of a text a row of logits, and keeps what it was asked. */
class Filling implements MaskedModel {
  readonly vocabSize = 6
  readonly maskId = MASK
  readonly asked: number[][] = []
  private readonly rowOf: (tokens: readonly number[], place: number) => number[]

  constructor(rowOf: (tokens: readonly number[], place: number) => number[]) {
    this.rowOf = rowOf
  }

  async predict(tokens: readonly number[]): Promise<Float32Array[]> {
    this.asked.push([...tokens])
    return tokens.map((_, place) => Float32Array.from(this.rowOf(tokens, place)))
  }
}

async function all(...request: Parameters<typeof maskPredict>) {
  const texts = []
  for await (const text of maskPredict(...request)) texts.push(text)
  return texts
}

const row = (id: number, p: number) =>
  Array.from({ length: 6 }, (_, token) => Math.log(token === id ? p : (1 - p) / 4))

describe('filling', () => {
  // The place's number is its token; the further right, the less certain.
  const certainties = [0.9, 0.8, 0.7, 0.6]
  const steady = () =>
    new Filling((tokens, at) => {
      const place = at - (tokens.length - 4)
      return place < 0 ? row(0, 0.5) : row(place, certainties[place]!)
    })

  test('the least certain are masked again, fewer with each pass: ⌊length × (passes - t) / passes⌋', async () => {
    const model = steady()
    const texts = await all(model, [1, 1], 4, 3)
    expect(model.asked).toEqual([
      [1, 1, MASK, MASK, MASK, MASK],
      [1, 1, 0, 1, MASK, MASK],
      [1, 1, 0, 1, 2, MASK],
    ])
    expect(texts.map(({ masked }) => masked.length)).toEqual([2, 1, 0])
    expect(texts.map(({ masked }) => [...masked].sort())).toEqual([[2, 3], [3], []])
    for (const { ids } of texts) expect(ids).toEqual([0, 1, 2, 3])
  })

  test('probabilities leave out the mask, which is never an answer', async () => {
    const model = new Filling(() => [Math.log(0.3), Math.log(0.1), -99, -99, -99, Math.log(0.6)])
    const [text] = await all(model, [], 1, 1)
    expect(text!.ids).toEqual([0])
    expect(text!.logprobs[0]).toBeCloseTo(Math.log(0.75), 6)
  })

  test('what is certain keeps its probability; what is filled anew gets another', async () => {
    let pass = 0
    const model = new Filling((_, place) => {
      if (place === 0) pass++
      return row(place, place === 1 && pass === 1 ? 0.4 : 0.8)
    })
    const texts = await all(model, [], 2, 2)
    expect(texts[0]!.masked).toEqual([1])
    expect(texts[1]!.logprobs[0]).toBe(texts[0]!.logprobs[0])
    expect(texts[1]!.logprobs[1]).toBeCloseTo(Math.log(0.8), 6)
  })
})

test('a second pass mends what a first one can’t know', async () => {
  // "1 2" and "3 4" are as likely; each place alone can't know which the other will be.
  const model = new Filling((tokens, place) => {
    const other = tokens[1 - place]!
    if (other === MASK) return place === 0 ? row(1, 0.45) : row(4, 0.4)
    return place === 0 ? row(other === 2 ? 1 : 3, 0.9) : row(other === 1 ? 2 : 4, 0.9)
  })
  const texts = await all(model, [], 2, 2)
  expect(texts.map(({ ids }) => ids)).toEqual([
    [1, 4],
    [1, 2],
  ])
})

test.each([
  [0, 1],
  [1, 0],
  [Number.NaN, 1],
])('%d places in %d passes is refused', async (length, passes) => {
  await expect(all(new Filling(() => row(0, 0.5)), [], length, passes)).rejects.toThrow(RangeError)
})
