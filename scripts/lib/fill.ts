import {
  DecodingError,
  maskPredict,
  type TextGenerator,
  type Tokenizer,
} from '../../decoder/index.ts'
import type { loadMaskedModel } from '../../runtimes/transformers/node.ts'

/** How a text stands after a pass over all its places. */
export interface Pass {
  ids: number[]
  text: string
  /** Mean ln p of a token. */
  meanLogprob: number
  /** Of a causal model: how many tokens from the left are greedy decoding's. */
  exact?: number
}

/** Fills places with the causal model, again and again until they settle. */
export async function fillCausal(
  generator: TextGenerator,
  prompt: readonly number[],
  length: number,
): Promise<Pass[]> {
  const filled = await generator.fill(prompt, length)
  return filled.map((text) => ({ ...text, text: generator.decode(text.ids) }))
}

type Masked = Awaited<ReturnType<typeof loadMaskedModel>>

/**
 * The same with a masked model, in a given number of passes.
 *
 * @throws {DecodingError} if there is no place or no pass
 */
export async function fillMasked(
  { model, tokenizer }: Masked,
  prompt: readonly number[],
  { length, passes }: { length: number; passes: number },
): Promise<Pass[]> {
  for (const [name, value] of Object.entries({ fill: length, passes })) {
    if (Number.isInteger(value) && value >= 1) continue
    throw new DecodingError(`--${name} takes a number from 1 on, not ${value}`, 'invalid_value')
  }
  const all: Pass[] = []
  for await (const { ids, logprobs } of maskPredict(model, prompt, length, passes)) {
    const bytes = ids.flatMap((id) => [...tokenizer.bytes(id)])
    const meanLogprob = logprobs.reduce((sum, logprob) => sum + logprob) / length
    all.push({ ids, text: new TextDecoder().decode(Uint8Array.from(bytes)), meanLogprob })
  }
  return all
}

/**
 * Whether a prompt made with one tokenizer means the same to another.
 *
 * @throws {DecodingError} if not
 */
export function checkSameTokens(ids: readonly number[], own: Tokenizer, other: Tokenizer): void {
  const names = (tokenizer: Tokenizer) =>
    new Map([...tokenizer.specialTokens].map(([text, id]) => [id, text]))
  const [a, b] = [names(own), names(other)]
  const meaning = (id: number, tokenizer: Tokenizer) => tokenizer.bytes(id).join()
  if (ids.every((id) => a.get(id) === b.get(id) && meaning(id, own) === meaning(id, other))) return
  throw new DecodingError(
    'The masked model has another vocabulary than the chat model',
    'invalid_value',
  )
}

export function passInWords({ text, meanLogprob, exact }: Pass, pass: number): string {
  const greedy = exact === undefined ? '' : `${exact} as greedy, `
  return `pass ${pass}: ${greedy}ln p ${meanLogprob.toFixed(2)} a token  ${JSON.stringify(text)}`
}
