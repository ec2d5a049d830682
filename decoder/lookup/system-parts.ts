/** A system message as questions look at it. */
export interface SystemParts {
  /** Who speaks: stays in sight. */
  introduction: string
  /** What can be looked up, each of it understood alone: a sentence, a line, a question with its answer. */
  units: string[]
}

/** Words up to which a line is left whole. */
const SHORT_LINE = 30
const SENTENCE_END = /(?<=[.!?]["”’)]?)\s+(?=["“(]?[\p{Lu}\p{N}])/u
const ABBREVIATION = /(?:^|\s)(?:Mr|Mrs|Ms|Dr|St|No|Prof|Mt|Ave|Rd|approx|incl|e\.g|i\.e|[A-Z])\.$/u
/** Begins what can't be understood without the sentence before it. */
const LEANING =
  /^(?:it|its|they|them|their|this|that|these|those|he|she|otherwise|then|after that|without (?:it|one)|in that case|both|each|if (?:not|so))\b/i
const BULLET = /^\s*(?:[-*+•–]|\d{1,2}[.)])\s+/u
const QUESTION_LABEL = /^(?:q(?:uestion)?|visitor|guest)\s*[:.)]\s*/i
const ANSWER_LABEL = /^(?:a(?:nswer)?|we)\s*[:.)]\s*/i
const HASHES = /^\s*#{1,6}\s+/u
/** A heading that does not help to choose what is under it. */
const SAYS_NOTHING =
  /^(?:(?:the |our |some )?(?:facts?|info(?:rmation)?|faqs?|details?|notes?|answers?|questions?)|good to know|what .{0,40}|about .{0,40}):?$/iu
const WHO_SPEAKS = /^(?:you (?:are|help|answer|work)|your name is|act as|i am)\b/i

/** Parts a system message. One of a single sentence has no units. */
export function partSystemMessage(text: string): SystemParts {
  const [introduction, rest] = introductionOf(text.trim())
  return { introduction, units: unitsOf(rest) }
}

/** The first sentence, and those after it that say who speaks. */
function introductionOf(text: string): [string, string] {
  const end = text.indexOf('\n')
  const [first, ...others] = sentences(end < 0 ? text : text.slice(0, end))
  const said = [first ?? '']
  while (others[0] !== undefined && WHO_SPEAKS.test(others[0])) said.push(others.shift()!)
  const rest = end < 0 ? '' : text.slice(end)
  return [said.join(' '), `${others.join(' ')}${rest}`]
}

function unitsOf(text: string): string[] {
  const units: string[] = []
  let heading = ''
  let question = ''
  for (const line of text.split('\n')) {
    const isItem = BULLET.test(line)
    const content = line.replace(BULLET, '').replace(HASHES, '').trim()
    if (content === '') continue
    if (isQuestion(content)) {
      if (question) units.push(question)
      question = content.replace(QUESTION_LABEL, '')
    } else if (question) {
      units.push(`${question} ${content.replace(ANSWER_LABEL, '')}`)
      question = ''
    } else if (!isItem && isHeading(line)) {
      heading = SAYS_NOTHING.test(content) ? '' : `${content.replace(/:$/u, '')}: `
    } else if (isItem || wordsIn(content) <= SHORT_LINE) {
      units.push(`${isItem ? heading : ''}${content}`)
    } else {
      units.push(...understandable(sentences(content)))
    }
  }
  if (question) units.push(question)
  return units
}

const isHeading = (line: string) => /^\s*#|:\s*$/u.test(line) && wordsIn(line) <= 8

/** A whole line that asks, or is labelled as a question. */
const isQuestion = (line: string) =>
  QUESTION_LABEL.test(line) || (line.endsWith('?') && sentences(line).length === 1)

/** Sentences in twos where the second leans on the first or answers it. */
function understandable(parts: readonly string[]): string[] {
  const units: string[] = []
  for (const part of parts) {
    const leans = LEANING.test(part) || units.at(-1)?.endsWith('?')
    if (units.length > 0 && leans) units.push(`${units.pop()} ${part}`)
    else units.push(part)
  }
  return units
}

function sentences(line: string): string[] {
  const found: string[] = []
  for (const part of line.split(SENTENCE_END)) {
    if (found.length > 0 && ABBREVIATION.test(found.at(-1)!)) found.push(`${found.pop()} ${part}`)
    else if (part) found.push(part)
  }
  return found.flatMap((part) => (wordsIn(part) > SHORT_LINE ? part.split(/(?<=;)\s+/u) : [part]))
}

const wordsIn = (text: string) => text.split(/\s+/u).length
