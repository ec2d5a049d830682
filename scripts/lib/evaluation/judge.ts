import type { Question } from './questions.ts'

/** In the first person: what a place "cannot" do is a fact, and so is "Sorry, no dogs". */
const DECLINES =
  /\b(sorry(?!, no\b)|I (do not|don't) (know|have that)|I (cannot|can't)|only know about)\b/i

export function declines(answer: string): boolean {
  return DECLINES.test(answer)
}

/**
 * Whether an answer is right, as strict as a text comparison can be: it holds every span asked for; it is an answer
 * that is meant for this kind of talk; or it declines, where there is nothing to be said.
 */
export function isRight({ spans, answers }: Question, answer: string): boolean {
  const said = plain(answer)
  if (spans) {
    return (
      !declines(answer) && spans.every((texts) => texts.some((text) => said.includes(plain(text))))
    )
  }
  return answers === undefined ? declines(answer) : answers.map(plain).includes(said)
}

function plain(text: string): string {
  return text
    .toLowerCase()
    .replace(/\s+/g, ' ')
    .replace(/^[ .!?]+|[ .!?]+$/g, '')
}
