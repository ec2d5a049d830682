import { DecodingError } from '../../decoder/index.ts'
import type { LoadedModel } from '../../runtimes/loaded-model.ts'
import { ByteTokenizer } from './byte-tokenizer.ts'
import { TableModel } from './table-model.ts'

const END = 0
const IM_END = 2

/**
 * A model that says what it is told to, so that a test of the API knows every answer beforehand. The prompt's last
 * directive, up to `|`, is the script:
 *
 * - `say:TEXT|`    TEXT, then the end token
 * - `loop:TEXT|`   TEXT over and over, until something else ends it
 * - `slow:TEXT|`   the same, with five milliseconds of computing for each token
 * - `fail:TEXT|`   TEXT, then the engine breaks
 * - `full:TEXT|`   TEXT, then there is no memory left
 * - `dice:TEXT|`   at each step one of TEXT's characters, all equally likely
 */
const DIRECTIVE = /(say|loop|slow|fail|full|dice):([^|]*)\|/g

const CHAT_TEMPLATE = `{% for message in messages %}<|im_start|>{{ message.role }}
{{ message.content }}<|im_end|>
{% endfor %}<|im_start|>assistant{{ '\\n' }}`

/** A few tokens of several characters, one of parts of two characters, then one a byte. */
const PIECES = ['Hello', ' world', '. The', ' sto', 'p is', [0xe4, 0xb8], [0xad, 0xe6]]

export function toyModel(onStep: () => void): LoadedModel {
  const tokenizer = new ByteTokenizer(undefined, PIECES)
  const decode = (ids: readonly number[]) =>
    new TextDecoder().decode(Uint8Array.from(ids.flatMap((id) => [...tokenizer.bytes(id)])))
  const scripts = new Map<string, number[]>()
  const scriptOf = (text: string) => {
    let script = scripts.get(text)
    if (!script) {
      script = tokenizer.encode(text)
      scripts.set(text, script)
    }
    return script
  }

  const next = (tokens: readonly number[]): number[] => {
    onStep()
    const logits = Array.from({ length: tokenizer.vocabSize }, (_, id) => -id / 1000)
    const directive = lastDirective(tokens, decode)
    if (!directive) {
      logits[END] = 20
      return logits
    }
    const { verb, text, said } = directive
    const script = scriptOf(text)
    if (verb === 'dice') {
      for (const id of script) logits[id] = 20
      return logits
    }
    if (verb === 'slow') compute(5)
    if (verb === 'fail' && said === script.length) throw new Error('engine at /secret/path broke')
    if (verb === 'full' && said === script.length) {
      throw new DecodingError('12.0 MB are in use', 'memory_exhausted')
    }
    const endless = verb === 'loop' || verb === 'slow'
    logits[endless ? script[said % script.length]! : (script[said] ?? END)] = 20
    return logits
  }
  const model = new TableModel(next, {
    contextLength: 4096,
    eosIds: [END, IM_END],
    parameters: 4e6,
    fingerprint: 'toy-1',
  })
  return {
    id: 'toy',
    model,
    tokenizer,
    chatTemplate: CHAT_TEMPLATE,
    lookup: null,
    runtime: 'simd',
    device: 'wasm',
    note: null,
    architecture: 'table',
    quantization: 'none',
    bytes: 0,
    freeMemory: null,
    sequenceBytes: null,
  }
}

/** The last directive of the tokens, and how many tokens were made since the prompt ended. */
function lastDirective(tokens: readonly number[], decode: (ids: readonly number[]) => string) {
  // Only the part that can hold the directive is read anew at each step.
  const bar = tokens.lastIndexOf(BAR)
  if (bar < 0) return null
  const match = [...decode(tokens.slice(0, bar + 1)).matchAll(DIRECTIVE)].at(-1)
  if (!match) return null
  // In a chat the answer begins after the template's last words; in a raw prompt right after the bar.
  const opened = tokens.indexOf(IM_START, bar)
  if (opened < 0 && tokens.includes(IM_END, bar)) return null
  const begin = opened < 0 ? bar + 1 : opened + 1 + ASSISTANT_LINE
  return { verb: match[1]!, text: match[2]!, said: tokens.length - begin }
}

const IM_START = 1
/** Tokens of "assistant" and the line's end, a byte each. */
const ASSISTANT_LINE = 10
const BAR = new ByteTokenizer(undefined, PIECES).encode('|')[0]!

/** Keeps the thread busy, as a matrix product would. */
function compute(milliseconds: number): void {
  const end = Date.now() + milliseconds
  while (Date.now() < end);
}
