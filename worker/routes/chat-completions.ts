import type { Context } from 'hono'
import { ChatAnswer } from '../answers/chat.ts'
import { TokenNames } from '../answers/logprobs.ts'
import type { AppEnv } from '../app-env.ts'
import { readJsonObject } from '../http/request-body.ts'
import { parseChatCompletion } from '../schema/chat-completion.ts'
import { answerHead } from './answer-head.ts'
import { answerRequest } from './answer-request.ts'
import { checkFits } from './prompts.ts'
import { servedModel } from './served-model.ts'

/** POST /v1/chat/completions */
export async function chatCompletions(context: Context<AppEnv>): Promise<Response> {
  const request = parseChatCompletion(await readJsonObject(context.req.raw))
  const served = await servedModel(context, request.model)
  const { generator } = served
  // What calls look like stands in the system message, and nobody asks for it.
  const candidates = request.hasTools
    ? [{ ids: generator.encodeChat(request.chat), nearness: 0 }]
    : generator.promptsOf(request.chat)
  checkFits(candidates[0]!.ids, generator.model.config, 'messages')

  const head = answerHead('chatcmpl', served)
  const answer = new ChatAnswer(head, new TokenNames(generator.tokenizer), request)
  const { n, best_of, options, includeBeams, promptLogprobs } = request
  const work = {
    prompts: [candidates],
    n,
    best_of,
    options,
    includeBeams,
    promptTop: promptLogprobs,
  }
  return answerRequest(context, served, work, answer, request)
}
