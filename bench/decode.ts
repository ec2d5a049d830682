import { DEFAULT_MODEL_FOLDER } from '../scripts/lib/paths.ts'
import { peerGreedy, TRANSFORMERS } from './engines/transformers.ts'
import { loadOurs, loadPeer, oursGreedy } from './lib/contestants.ts'
import { compete, type Result } from './lib/measure.ts'

const TOKENS = 96

/** Decoding speed, prompt included, on one thread of WebAssembly. Both must make the same tokens. */
export async function benchDecode(): Promise<Result[]> {
  const peer = await loadPeer(DEFAULT_MODEL_FOLDER)
  const generator = await loadOurs()
  const prompt = generator.encodeChat([
    { role: 'user', content: 'can you book a table for two tonight' },
  ])
  const speed = (result: { ids: number[]; total: number }) =>
    (1000 * result.ids.length) / result.total

  const [a, b] = [
    await oursGreedy(generator, prompt, TOKENS),
    await peerGreedy(peer, prompt, TOKENS),
  ]
  if (a.ids.length !== TOKENS || a.ids.join() !== b.ids.join()) {
    throw new Error(`The two loops made other tokens: ${a.ids.join()} and ${b.ids.join()}`)
  }
  const decode = await compete({
    name: `decode ${TOKENS} tokens, default model, greedy`,
    unit: 'tokens/s',
    ours: async () => {
      generator.clearContexts()
      return speed(await oursGreedy(generator, prompt, TOKENS))
    },
    peers: { [TRANSFORMERS]: async () => speed(await peerGreedy(peer, prompt, TOKENS)) },
  })

  const history = longChat(generator)
  await oursGreedy(generator, history, 1)
  const next = [
    ...history,
    ...generator.encodePrompt(
      '<|im_end|>\n<|im_start|>user\nthanks<|im_end|>\n<|im_start|>assistant\n',
    ),
  ]
  const secondTurn = await compete({
    name: `first token of a second turn after ${history.length} tokens`,
    unit: 'ms',
    ours: async () => {
      generator.clearContexts()
      await oursGreedy(generator, history, 1)
      return (await oursGreedy(generator, next, 1)).first
    },
    peers: {
      [`${TRANSFORMERS}, whole history again`]: async () => (await peerGreedy(peer, next, 1)).first,
    },
  })
  return [...decode, ...secondTurn]
}

/** Ids of a chat of about 400 tokens. */
function longChat(generator: Awaited<ReturnType<typeof loadOurs>>): number[] {
  const line = 'I would like to know more about the places that are open late on Sunday evening. '
  const ids = generator.encodePrompt(`<|im_start|>user\n${line.repeat(40)}`)
  return ids.slice(0, 400)
}
