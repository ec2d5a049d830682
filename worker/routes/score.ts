import type { Context } from 'hono'
import { refuseEncoderDecoder, type TextGenerator, type TextScore } from '../../decoder/index.ts'
import { finite, TokenNames } from '../answers/logprobs.ts'
import type { AppEnv } from '../app-env.ts'
import { readJsonObject } from '../http/request-body.ts'
import { parseScore, type Scorable } from '../schema/score.ts'
import { checkTokenIds } from '../schema/token-ids.ts'
import { jsonText, leasedAnswer } from './answer-request.ts'
import { checkFits } from './prompts.ts'
import { servedModel } from './served-model.ts'

/**
 * POST /v1/score: how likely the model finds a text, a chat or token ids. The first token has no context, and so no
 * probability.
 */
export async function score(context: Context<AppEnv>): Promise<Response> {
  const { model, input } = parseScore(await readJsonObject(context.req.raw))
  const { generator, loaded } = await servedModel(context, model)
  refuseEncoderDecoder(generator.model, input.kind)
  const ids = idsOf(input, generator)
  checkFits(ids, generator.model.config, input.kind, 0)

  const names = new TokenNames(generator.tokenizer)
  return leasedAnswer(
    context,
    (lease, signal) => {
      const scored = generator.score(ids, { signal, onPass: () => lease.renew() })
      return jsonText(scored.then((score) => ({ model: loaded.id, ...answerOf(score, names) })))
    },
    { stream: false, ignored: [] },
  )
}

function idsOf(input: Scorable, generator: TextGenerator): number[] {
  switch (input.kind) {
    case 'text':
      return generator.encodePrompt(input.text)
    case 'messages':
      // The chat as it was, not a question that waits for its answer.
      return generator.encodeChat(input.chat, false)
    case 'token_ids':
      checkTokenIds(input.ids, generator.model.config.vocabSize, 'token_ids')
      return input.ids
  }
}

function answerOf({ tokens, ...sums }: TextScore, names: TokenNames) {
  return {
    tokens: tokens.map(({ id, logprob, entropy }) => ({
      id,
      text: names.of(id),
      logprob: logprob === null ? null : finite(logprob),
      entropy,
    })),
    ...sums,
    usage: { prompt_tokens: tokens.length, completion_tokens: 0, total_tokens: tokens.length },
  }
}
