import type { AnswerHead } from '../answers/answer.ts'
import type { ServedModel } from '../engine/engine.ts'

/** @param kind  prefix of the answer's id: `chatcmpl`, `cmpl` */
export function answerHead(kind: string, { loaded }: ServedModel): AnswerHead {
  return {
    id: `${kind}-${crypto.randomUUID().replaceAll('-', '')}`,
    created: Math.floor(Date.now() / 1000),
    model: loaded.id,
    system_fingerprint: loaded.model.config.fingerprint,
  }
}
