import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DecodingError, type TextGenerator } from '../../../decoder/index.ts'
import type { Tokenizer } from '../../../decoder/tokenizer.ts'

/** Longer texts are read in windows of this many tokens, and each token is scored once, after `WINDOW - ADVANCE` others. */
const WINDOW = 512
const ADVANCE = 256
const SEPARATOR = '<|endoftext|>'

type Message = { role: string; content: string }
type Row = { text: string } | { messages: Message[]; facts?: string[] }

/** Ids, and which of them are scored: what users and assistants say, with the end token after it, and all of prose. */
interface Tokens {
  ids: number[]
  scored: boolean[]
  /** UTF-8 bytes of what is scored; an end token has none. */
  bytes: number
}

/**
 * Sources of a data folder: NAME.eval.jsonl.xz.
 *
 * @throws {DecodingError} if there are none
 */
export function heldOutSources(folder: string): string[] {
  const sources = filesOf(folder).flatMap((file) => /^(.+)\.eval\.jsonl\.xz$/.exec(file)?.[1] ?? [])
  if (sources.length > 0) return sources.sort()
  throw new DecodingError(`"${folder}" holds no held-out text, NAME.eval.jsonl.xz`, 'invalid_value')
}

function filesOf(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    throw new DecodingError(`"${folder}" is not a folder that can be read`, 'invalid_value')
  }
}

/** Bits per byte of a source's held-out text, counted as in model/train/bits_per_byte.py. */
export async function bitsPerByte(
  generator: TextGenerator,
  folder: string,
  name: string,
): Promise<number> {
  let nats = 0
  let bytes = 0
  for (const row of rows(join(folder, `${name}.eval.jsonl.xz`))) {
    const tokens = tokensOf(row, name, generator.tokenizer)
    nats += await natsOf(generator, tokens)
    bytes += tokens.bytes
  }
  return nats / Math.LN2 / bytes
}

async function natsOf(generator: TextGenerator, { ids, scored }: Tokens): Promise<number> {
  let total = 0
  let done = 1
  for (let start = 0; done < ids.length; start += ADVANCE) {
    const window = ids.slice(start, start + WINDOW)
    const { tokens } = await generator.score(window)
    for (let i = done - start; i < window.length; i++) {
      if (scored[start + i]) total -= tokens[i]!.logprob!
    }
    done = start + window.length
  }
  return total
}

function tokensOf(row: Row, name: string, tokenizer: Tokenizer): Tokens {
  const separator = tokenizer.specialTokens.get(SEPARATOR)!
  if ('text' in row) {
    const text = normalised(row.text)
    const ids = [separator, ...tokenizer.encode(text)]
    return { ids, scored: ids.map((_, i) => i > 0), bytes: Buffer.byteLength(text) }
  }
  const start = tokenizer.specialTokens.get('<|im_start|>')!
  const end = tokenizer.specialTokens.get('<|im_end|>')!
  const tokens: Tokens = { ids: [], scored: [], bytes: 0 }
  const add = (ids: number[], scored: boolean) => {
    tokens.ids.push(...ids)
    tokens.scored.push(...ids.map(() => scored))
  }
  const facts = name === 'star' && row.facts?.length ? row.facts.join('\n') : null
  const messages = facts ? [{ role: 'system', content: facts }, ...row.messages] : row.messages
  for (const { role, content } of messages) {
    const text = normalised(content)
    const counts = role !== 'system'
    add([start, ...tokenizer.encode(`${role}\n`)], false)
    add([...tokenizer.encode(text), end], counts)
    add(tokenizer.encode('\n'), false)
    if (counts) tokens.bytes += Buffer.byteLength(text)
  }
  return tokens
}

/** As the training data is written: plain quotes, dashes and spaces. */
function normalised(text: string): string {
  return text
    .replace(/[\u2018\u2019]/g, "'")
    .replace(/[\u201c\u201d]/g, '"')
    .replace(/[\u2013\u2014]/g, '-')
    .replace(/\u2026/g, '...')
    .replace(/[ \t\u00a0]+/g, ' ')
    .trim()
}

function rows(file: string): Row[] {
  // Node reads no xz; every system that this data is at hand on does.
  const { stdout, error, status } = spawnSync('xz', ['-dc', file], {
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
  })
  if (error || status !== 0) throw new DecodingError(`xz can't read ${file}`, 'invalid_value')
  return stdout
    .trimEnd()
    .split('\n')
    .map((line): Row => JSON.parse(line))
}
