/** Sums and rankings of a toy model's sequences by the definition, with nothing of the decoder's. */

type Next = (tokens: readonly number[]) => readonly number[]

export function logSoftmax(logits: readonly number[]): number[] {
  const max = Math.max(...logits)
  const normaliser = max + Math.log(logits.reduce((sum, x) => sum + Math.exp(x - max), 0))
  return logits.map((x) => x - normaliser)
}

/** Chain rule: ln p of these tokens after the prompt. */
export function sumLogprob(next: Next, prompt: readonly number[], ids: readonly number[]): number {
  return ids.reduce((sum, id, i) => sum + logSoftmax(next([...prompt, ...ids.slice(0, i)]))[id]!, 0)
}

/** Every sequence that ends with `eos` or is `depth` long, the best score first. */
export function enumerate(
  next: Next,
  prompt: readonly number[],
  { eos, depth, lengthPenalty }: { eos: number; depth: number; lengthPenalty: number },
): { ids: number[]; score: number }[] {
  const vocabSize = next(prompt).length
  const found: { ids: number[]; score: number }[] = []
  const visit = (ids: number[], sum: number) => {
    const logprobs = logSoftmax(next([...prompt, ...ids]))
    for (let id = 0; id < vocabSize; id++) {
      const longer = [...ids, id]
      const total = sum + logprobs[id]!
      if (id === eos || longer.length === depth) {
        found.push({ ids: longer, score: total / longer.length ** lengthPenalty })
      } else visit(longer, total)
    }
  }
  visit([], 0)
  return found.sort((a, b) => b.score - a.score)
}
