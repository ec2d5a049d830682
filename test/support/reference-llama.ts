import type { RandomLlama } from './random-llama.ts'

/** A Llama's forward pass in float64, written for reading: no cache, one position after another. @returns logits of each */
export function referenceLogits(
  llama: RandomLlama,
  tokens: readonly number[],
  kept?: { sinks: number; window: number },
): number[][] {
  return referenceStates(llama, tokens, kept).map((state) => referenceOutput(llama, state))
}

/** A state times the output matrix. */
export function referenceOutput({ shape, values }: RandomLlama, state: number[]): number[] {
  return product(values.get(shape.tied ? 'token_embd' : 'output')!, state)
}

/**
 * What the output matrix is multiplied by, of each position.
 *
 * @param kept  each token sees the first `sinks` tokens and the last `window`, at the positions that they have among these
 */
export function referenceStates(
  { shape, values }: RandomLlama,
  tokens: readonly number[],
  kept = { sinks: 0, window: Number.POSITIVE_INFINITY },
): number[][] {
  const { heads, kvHeads, headDim, layers } = shape
  const rows = (name: string) => values.get(name)!
  const times = (name: string, x: number[]) => product(rows(name), x)
  const norm = (name: string, x: number[]) => {
    const scale = 1 / Math.sqrt(x.reduce((sum, v) => sum + v * v, 0) / x.length + Math.fround(1e-5))
    return x.map((v, i) => v * scale * rows(name)[0]![i]!)
  }
  const head = (x: number[], h: number) => x.slice(h * headDim, (h + 1) * headDim)
  const rotate = (x: number[], position: number) => {
    const out = [...x]
    for (let i = 0; i < headDim; i += 2) {
      const angle = (position / shape.ropeFactor) * 10000 ** (-i / headDim)
      out[i] = x[i]! * Math.cos(angle) - x[i + 1]! * Math.sin(angle)
      out[i + 1] = x[i]! * Math.sin(angle) + x[i + 1]! * Math.cos(angle)
    }
    return out
  }
  const past = Array.from({ length: layers }, () => ({
    keys: [] as number[][][],
    values: [] as number[][][],
  }))

  return tokens.map((token, index) => {
    const seen = [...tokens.keys()].filter(
      (other) => other <= index && (other < kept.sinks || other > index - kept.window),
    )
    let x = Array.from(rows('token_embd')[token]!)
    for (let layer = 0; layer < layers; layer++) {
      const block = (name: string) => `blk.${layer}.${name}`
      const normed = norm(block('attn_norm'), x)
      const q = times(block('attn_q'), normed)
      const k = times(block('attn_k'), normed)
      const v = times(block('attn_v'), normed)
      past[layer]!.keys.push(Array.from({ length: kvHeads }, (_, h) => head(k, h)))
      past[layer]!.values.push(Array.from({ length: kvHeads }, (_, h) => head(v, h)))
      const keys = seen.map((other, position) =>
        past[layer]!.keys[other]!.map((key) => rotate(key, position)),
      )
      const seenValues = seen.map((other) => past[layer]!.values[other]!)
      const mixed = Array.from({ length: heads }, (_, h) => {
        const query = rotate(head(q, h), seen.length - 1)
        const kv = Math.floor((h * kvHeads) / heads)
        const scores = keys.map((key) => dot(query, key[kv]!) / Math.sqrt(headDim))
        const best = Math.max(...scores)
        const weights = scores.map((score) => Math.exp(score - best))
        const total = weights.reduce((a, b) => a + b)
        return Array.from({ length: headDim }, (_, i) =>
          weights.reduce((sum, weight, t) => sum + (weight / total) * seenValues[t]![kv]![i]!, 0),
        )
      }).flat()
      x = plus(x, times(block('attn_output'), mixed))
      const ffn = norm(block('ffn_norm'), x)
      const gate = times(block('ffn_gate'), ffn)
      const up = times(block('ffn_up'), ffn)
      const inner = gate.map((g, i) => (g / (1 + Math.exp(-g))) * up[i]!)
      x = plus(x, times(block('ffn_down'), inner))
    }
    return norm('output_norm', x)
  })
}

export const product = (rows: readonly Float64Array[], x: number[]) =>
  rows.map((row) => row.reduce((sum, weight, i) => sum + weight * x[i]!, 0))
const dot = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0)
const plus = (a: number[], b: number[]) => a.map((value, i) => value + b[i]!)
