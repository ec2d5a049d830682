import type { GenerationEvent, Speculation, TextEvent, Usage } from '../events.ts'
import type { Tokenizer } from '../tokenizer.ts'
import { TextAssembler, type TextAssemblerOptions } from './text-assembler.ts'

/** One answer's token events as text, piece by piece; a stop string that is complete ends the strategy. */
export async function* tokenTexts(
  events: AsyncIterable<GenerationEvent>,
  tokenizer: Tokenizer,
  options: TextAssemblerOptions,
  prompt: Omit<Usage, 'completion_tokens'>,
): AsyncGenerator<TextEvent> {
  const text = new TextAssembler(options)
  let completion_tokens = 0
  let speculation: Speculation | null = null
  /** Tokens of a pass that were guessed right but have not come yet: a stop string can leave them out. */
  let due = 0
  for await (const event of events) {
    if (event.type === 'done') {
      const rest = text.finish()
      if (rest) yield rest
      yield event
      return
    }
    if (event.type === 'draft') {
      const before: Speculation = speculation ?? { proposed: 0, accepted: 0, passes: 0 }
      speculation = {
        proposed: before.proposed + event.proposed,
        accepted: before.accepted + event.accepted,
        passes: before.passes + 1,
      }
      due = event.accepted
      yield event
    }
    if (event.type !== 'token') continue
    const { type: _, ...token } = event
    completion_tokens++
    due = Math.max(0, due - 1)
    const { delta, stop: found } = text.push({ ...token, bytes: tokenizer.bytes(token.id) })
    if (delta) yield delta
    if (found !== null) {
      const guesses = speculation && {
        speculation: { ...speculation, accepted: speculation.accepted - due },
      }
      const usage = { ...prompt, completion_tokens, ...guesses }
      yield { type: 'done', finish_reason: 'stop', stop_reason: found, usage }
      return
    }
  }
}
