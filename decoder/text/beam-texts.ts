import type { GenerationEvent, TextEvent, TextToken } from '../events.ts'
import type { Tokenizer } from '../tokenizer.ts'
import { TextAssembler, type TextAssemblerOptions } from './text-assembler.ts'

/** A beam search's events as text: each answer's tokens become one `text` event, then its `done`. */
export async function* beamTexts(
  events: AsyncIterable<GenerationEvent>,
  tokenizer: Tokenizer,
  options: TextAssemblerOptions,
): AsyncGenerator<TextEvent> {
  let assembler = new TextAssembler(options)
  let text = ''
  let tokens: TextToken[] = []
  const take = (delta: { text: string; tokens: TextToken[] } | null) => {
    text += delta?.text ?? ''
    tokens.push(...(delta?.tokens ?? []))
  }
  for await (const event of events) {
    if (event.type === 'beams') {
      yield event
    } else if (event.type === 'token') {
      const { type: _, ...token } = event
      take(assembler.push({ ...token, bytes: tokenizer.bytes(token.id) }).delta)
    } else if (event.type === 'done') {
      // What waits after a stop string is that string, which is no part of the text.
      if (typeof event.stop_reason !== 'string') take(assembler.finish())
      if (tokens.length > 0) yield { type: 'text', text, tokens }
      yield event
      assembler = new TextAssembler(options)
      text = ''
      tokens = []
    }
  }
}
