import type { Context } from 'hono'
import { refuseEncoderDecoder } from '../../decoder/index.ts'
import { CompletionAnswer } from '../answers/completion.ts'
import { TokenNames } from '../answers/logprobs.ts'
import type { AppEnv } from '../app-env.ts'
import { readJsonObject } from '../http/request-body.ts'
import { parseCompletion } from '../schema/completion.ts'
import { answerHead } from './answer-head.ts'
import { answerRequest } from './answer-request.ts'
import { checkFits, promptIds } from './prompts.ts'
import { servedModel } from './served-model.ts'

/** POST /v1/completions */
export async function completions(context: Context<AppEnv>): Promise<Response> {
  const request = parseCompletion(await readJsonObject(context.req.raw))
  const served = await servedModel(context, request.model)
  const { generator } = served
  const top = promptTop(request)
  if (top !== null) {
    const param = request.promptLogprobs === null ? 'echo' : 'prompt_logprobs'
    refuseEncoderDecoder(generator.model, param)
  }
  const prompts = request.prompts.map((prompt, index) => {
    const at = request.prompts.length > 1 ? `prompt[${index}]` : 'prompt'
    const ids = promptIds(generator, prompt, at)
    const room = request.options.max_tokens === 0 ? 0 : 1
    checkFits(ids, generator.model.config, at, room)
    return [{ ids, nearness: 0 }]
  })
  const echo = request.echo
    ? request.prompts.map((prompt, p) =>
        typeof prompt === 'string' ? prompt : generator.decode(prompts[p]![0]!.ids),
      )
    : null

  const head = answerHead('cmpl', served)
  const names = new TokenNames(generator.tokenizer)
  const answer = new CompletionAnswer(head, names, { ...request, echo })
  const { n, best_of, options, includeBeams } = request
  const work = { prompts, n, best_of, options, includeBeams, promptTop: top }
  return answerRequest(context, served, work, answer, request)
}

/** How many alternatives the prompt's tokens need; null if nothing is said of them. */
function promptTop({ echo, logprobs, promptLogprobs }: ReturnType<typeof parseCompletion>) {
  const echoed = echo ? logprobs : null
  if (echoed === null && promptLogprobs === null) return null
  return Math.max(echoed ?? 0, promptLogprobs ?? 0)
}
