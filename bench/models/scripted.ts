import type { ForwardStep, LanguageModel } from '../../decoder/language-model.ts'

/** What a model is to say after a prompt. */
export interface Script {
  promptLength: number
  ids: readonly number[]
}

/**
 * A model that says what it is told to and computes all it would without: the passes, and so their times, are the
 * model's own; only the likeliest token of each row is set beforehand. Of random weights no text is known before, and
 * what speculation gains depends on the text. A row after a wrong guess is left as it is.
 *
 * @param script  asked at each pass, so that it can change between two generations
 */
export function scripted(model: LanguageModel, script: () => Script): LanguageModel {
  return {
    config: model.config,
    createCache: () => model.createCache(),
    dispose: () => model.dispose(),
    async forward(steps) {
      const starts = steps.map(({ cache }) => cache.length)
      const rows = await model.forward(steps)
      for (const [s, step] of steps.entries()) direct(step, starts[s]!, rows[s]!, script())
      return rows
    },
  }
}

function direct(
  { tokens, parents, rows: which }: ForwardStep,
  start: number,
  rows: readonly Float32Array[],
  { promptLength, ids }: Script,
): void {
  const first = which === 'all' ? 0 : tokens.length - 1
  const ends: number[] = []
  for (let node = 0; node < tokens.length; node++) {
    const parent = parents ? parents[node]! : node - 1
    const end = parent < 0 ? start : ends[parent]!
    const place = end - promptLength
    const isRight = place < 0 || tokens[node] === ids[place]
    // Once wrong, nothing below is right.
    ends.push(isRight ? end + 1 : Number.NaN)
    const next = ids[place + 1]
    if (node >= first && isRight && next !== undefined) rows[node - first]![next] = 1000
  }
}
