import { readFileSync } from 'node:fs'

const folder = new URL('../fixtures/models/running-mean/', import.meta.url)

/** The folder of the running-mean model (test/fixtures/make/running_mean_model.py), as a URL. */
export const RUNNING_MEAN = folder.href

export const runningMeanFile = (name: string) => readFileSync(new URL(name, folder))

const weights: { embedding: number[][]; head: number[][] } = JSON.parse(
  runningMeanFile('weights.json').toString(),
)

/** What the model must answer after these tokens, computed here from its definition. */
export function runningMeanLogits(tokens: readonly number[]): number[] {
  const last = weights.embedding[tokens.at(-1)!]!
  const hidden = last.map((value, column) => {
    const sum = tokens.reduce((total, id) => total + weights.embedding[id]![column]!, 0)
    return value + sum / tokens.length
  })
  return weights.head[0]!.map((_, id) =>
    hidden.reduce((total, value, row) => total + value * weights.head[row]![id]!, 0),
  )
}
