import type { Context } from 'hono'
import type { TextGenerator, Tokenizer } from '../../decoder/index.ts'
import { TokenNames } from '../answers/logprobs.ts'
import type { AppEnv } from '../app-env.ts'
import { readJsonObject } from '../http/request-body.ts'
import { checkTokenIds } from '../schema/token-ids.ts'
import { parseApplyTemplate, parseDetokenize, parseTokenize } from '../schema/tokenize.ts'
import { servedModel } from './served-model.ts'

/** POST /tokenize, as llama.cpp has it, and with `messages` for a chat. */
export async function tokenize(context: Context<AppEnv>): Promise<Response> {
  const request = parseTokenize(await readJsonObject(context.req.raw))
  const { generator } = await servedModel(context)
  const ids = request.chat
    ? generator.encodeChat(request.chat)
    : textIds(generator, request.content, request)
  if (!request.with_pieces) return context.json({ tokens: ids })
  const names = new TokenNames(generator.tokenizer)
  return context.json({ tokens: ids.map((id) => ({ id, piece: pieceOf(id, names) })) })
}

/** POST /detokenize */
export async function detokenize(context: Context<AppEnv>): Promise<Response> {
  const ids = parseDetokenize(await readJsonObject(context.req.raw))
  const { generator } = await servedModel(context)
  checkTokenIds(ids, generator.model.config.vocabSize, 'tokens')
  return context.json({ content: generator.decode(ids) })
}

/** POST /apply-template */
export async function applyTemplate(context: Context<AppEnv>): Promise<Response> {
  const chat = parseApplyTemplate(await readJsonObject(context.req.raw))
  const { generator } = await servedModel(context)
  return context.json({ prompt: generator.renderChat(chat) })
}

/**
 * @param flags  `parse_special`: control tokens in the text are recognised; `add_special`: the tokenizer's prefix id is
 *               put in front
 */
function textIds(
  generator: TextGenerator,
  text: string,
  flags: { parse_special: boolean; add_special: boolean },
): number[] {
  const { tokenizer } = generator
  if (flags.parse_special) {
    const ids = generator.encodePrompt(text)
    return flags.add_special || startsWithPrefix(text, tokenizer)
      ? ids
      : withoutPrefix(ids, tokenizer)
  }
  const ids = tokenizer.encode(text)
  return flags.add_special && tokenizer.prefixId !== null ? [tokenizer.prefixId, ...ids] : ids
}

/** True if the text itself spells the prefix token, which then stands once whoever wrote it. */
function startsWithPrefix(text: string, { specialTokens, prefixId }: Tokenizer): boolean {
  return [...specialTokens].some(([name, id]) => id === prefixId && text.startsWith(name))
}

function withoutPrefix(ids: number[], { prefixId }: Tokenizer): number[] {
  return prefixId !== null && ids[0] === prefixId ? ids.slice(1) : ids
}

/** llama.cpp's piece: text, or a list of bytes where a token is only part of a character. */
function pieceOf(id: number, names: TokenNames): string | number[] {
  const name = names.of(id)
  return name.startsWith('bytes:\\x') ? [...names.bytes(id)] : name
}
