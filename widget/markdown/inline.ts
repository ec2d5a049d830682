import { safeHref } from './safe-href.ts'

export type Inline =
  | string
  | { type: 'strong' | 'emphasis' | 'deleted'; children: Inline[] }
  | { type: 'code'; text: string }
  | { type: 'link'; href: string; text: string }

type Span = 'strong' | 'emphasis' | 'deleted'

/** Deeper nesting than this is left as text: no answer needs it, and a hostile one can't exhaust the stack. */
const MAX_DEPTH = 8

const LINK =
  /!?\[([^[\]]{1,500})\]\(\s*<?([^\s()<>]{1,2000}(?:\([^\s()<>]*\)[^\s()<>]*)*)>?(?:\s+"[^"]*")?\s*\)/y
const URL_IN_TEXT = /https?:\/\/[^\s<>"'`*|\\^{}[\]]{2,2000}/y
const CODE = /(`+)([^`](?:[\s\S]*?[^`])?)\1(?!`)/y
const MARKS = /\*\*|__|~~|\*|_/y
const SPANS: Record<string, Span> = {
  '**': 'strong',
  __: 'strong',
  '*': 'emphasis',
  _: 'emphasis',
  '~~': 'deleted',
}

/** Code, links, bold, italics and deletions of one block; everything else, HTML too, is text. */
export function parseInline(source: string): Inline[] {
  const stack: { mark: string; children: Inline[] }[] = [{ mark: '', children: [] }]
  const top = () => stack.at(-1)!.children
  let text = ''
  const flush = () => {
    if (text) top().push(text)
    text = ''
  }
  const match = (pattern: RegExp, at: number) => {
    pattern.lastIndex = at
    return pattern.exec(source)
  }

  for (let i = 0; i < source.length; ) {
    const char = source[i]!
    if (char === '\\' && /[\\`*_~[\]()#+\-.!>|]/.test(source[i + 1] ?? '')) {
      text += source[i + 1]
      i += 2
      continue
    }
    if (char === '`') {
      const code = match(CODE, i)
      if (code) {
        flush()
        top().push({ type: 'code', text: code[2]!.replace(/^ (.*\S.*) $/, '$1') })
        i += code[0].length
        continue
      }
      const run = /`+/y
      const { 0: ticks } = match(run, i)!
      text += ticks
      i += ticks.length
      continue
    }
    if (char === '[' || (char === '!' && source[i + 1] === '[')) {
      const link = match(LINK, i)
      const href = link && safeHref(link[2]!)
      if (link && href) {
        flush()
        top().push({ type: 'link', href, text: link[1]! })
        i += link[0].length
        continue
      }
    }
    if (char === 'h' && !/\w/.test(source[i - 1] ?? '')) {
      const url = match(URL_IN_TEXT, i)?.[0].replace(/[.,:;!?)]+$/, '')
      const href = url && safeHref(url)
      if (href) {
        flush()
        top().push({ type: 'link', href, text: url })
        i += url.length
        continue
      }
    }
    let mark = match(MARKS, i)?.[0]
    // In `***` what was opened last is closed first.
    if (mark?.length === 2 && stack.at(-1)!.mark === mark[0] && source[i + 2] === mark[0])
      mark = mark[0]
    if (mark) {
      const open = stack.findLastIndex((frame) => frame.mark === mark)
      if (open > 0 && closes(source, i, mark)) {
        flush()
        unwind(stack, open + 1)
        const { children } = stack.pop()!
        top().push({ type: SPANS[mark]!, children })
      } else if (stack.length <= MAX_DEPTH && open < 0 && opens(source, i, mark)) {
        flush()
        stack.push({ mark, children: [] })
      } else {
        text += mark
      }
      i += mark.length
      continue
    }
    text += char
    i++
  }
  flush()
  unwind(stack, 1)
  return stack[0]!.children
}

/** Frames that were never closed become text again, down to `depth` frames. */
function unwind(stack: { mark: string; children: Inline[] }[], depth: number): void {
  while (stack.length > depth) {
    const { mark, children } = stack.pop()!
    stack.at(-1)!.children.push(mark, ...children)
  }
}

const isWord = (char: string | undefined) => char !== undefined && /[\p{L}\p{N}]/u.test(char)
const isSpace = (char: string | undefined) => char === undefined || /\s/.test(char)

/** A mark opens before a letter; an underscore inside a word (snake_case) is only an underscore. */
function opens(source: string, at: number, mark: string): boolean {
  const inWord = mark.startsWith('_') && isWord(source[at - 1])
  return !isSpace(source[at + mark.length]) && !inWord
}

function closes(source: string, at: number, mark: string): boolean {
  const inWord = mark.startsWith('_') && isWord(source[at + mark.length])
  return !isSpace(source[at - 1]) && !inWord
}
