import type { Context } from 'hono'
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
  const prompts = request.prompts.map((prompt, index) => {
    const at = request.prompts.length > 1 ? `prompt[${index}]` : 'prompt'
    const ids = promptIds(generator, prompt, at)
    checkFits(ids, generator.model.config, at)
    return ids
  })
  const echo = request.echo
    ? request.prompts.map((prompt, p) =>
        typeof prompt === 'string' ? prompt : generator.decode(prompts[p]!),
      )
    : null

  const head = answerHead('cmpl', served)
  const names = new TokenNames(generator.tokenizer)
  const answer = new CompletionAnswer(head, names, { ...request, echo })
  const { n, best_of, options } = request
  const work = { prompts, n, best_of, options }
  return answerRequest(context, served, work, answer, request)
}
