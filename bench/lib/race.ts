import type { Engine } from '../engines/engine.ts'
import { compete, type Result } from './measure.ts'
import type { PromptMaker } from './prompts.ts'

const DECODED = 64
const CONTEXTS = [64, 448]
const PREFILLED = 256

/**
 * Decoding and reading speed of engines with the same model. A context of n tokens is the middle of the tokens made.
 *
 * @param label  model and place, as in the results' names
 */
export async function race(
  label: string,
  [ours, ...peers]: readonly Engine[],
  promptOf: PromptMaker,
  rounds: number,
): Promise<Result[]> {
  const results: Result[] = []
  for (const context of CONTEXTS) {
    const decode = (engine: Engine) => async () =>
      (await engine.run(promptOf(context - DECODED / 2), DECODED)).decode
    const name = `${label}: decode at ${context} tokens of context`
    results.push(...(await compete(contest(name, 'tokens/s', decode))))
  }
  const prefill = (engine: Engine) => async () => (await engine.run(promptOf(PREFILLED), 1)).prefill
  const name = `${label}: prefill of ${PREFILLED} tokens`
  results.push(...(await compete(contest(name, 'ms', prefill))))
  return results

  function contest(
    name: string,
    unit: 'tokens/s' | 'ms',
    work: (engine: Engine) => () => Promise<number>,
  ) {
    const others = Object.fromEntries(peers.map((peer) => [peer.name, work(peer)]))
    return { name, unit, ours: work(ours!), peers: others, rounds }
  }
}
