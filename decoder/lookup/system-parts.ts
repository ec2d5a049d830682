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
const WHO_SPEAKS = /^(?:you (?:are|help|answer|work)|you['’]re|your name is|act as|i am|i['’]m)\b/iu

/** Parts a system message. One of a single sentence has no units. */
export function partSystemMessage(text: string): SystemParts {
  const [introduction, rest] = introductionOf(text.trim())
  return { introduction, units: unitsOf(rest) }
}

/** The first sentence, and those after it that say who speaks. */
function introductionOf(text: string): [string, string] {
  const end = text.indexOf('\n')
  const [first, ...others] = sentences(end < 0 ? text : text.slice(0, end))
  const speaks = others.findIndex((sentence) => !WHO_SPEAKS.test(sentence))
  const said = speaks < 0 ? others : others.slice(0, speaks)
  const rest = end < 0 ? '' : text.slice(end)
  const unsaid = others.slice(said.length).join(' ')
  return [[first ?? '', ...said].join(' '), `${unsaid}${rest}`]
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
      for (const unit of understandable(sentences(content))) units.push(unit)
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
function understandable(sentences: readonly string[]): string[] {
  return joined(sentences, (sentence, before) => LEANING.test(sentence) || before.endsWith('?'))
}

function sentences(line: string): string[] {
  const parts = line.split(SENTENCE_END).filter((part) => part !== '')
  const found = joined(parts, (_, before) => ABBREVIATION.test(before.slice(-12)))
  return found.flatMap((part) => (wordsIn(part) > SHORT_LINE ? part.split(/(?<=;)\s+/u) : [part]))
}

/** Each part with those after it that belong to what stands before them; in time that grows with their length. */
function joined(
  parts: readonly string[],
  belongs: (part: string, before: string) => boolean,
): string[] {
  const groups: string[][] = []
  for (const [index, part] of parts.entries()) {
    if (index > 0 && belongs(part, parts[index - 1]!)) groups.at(-1)!.push(part)
    else groups.push([part])
  }
  return groups.map((group) => group.join(' '))
}

const wordsIn = (text: string) => text.split(/\s+/u).length
