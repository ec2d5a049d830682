/** One block of an answer. `source` is the text it came from: a block whose source is the same looks the same. */
export type Block = { source: string } & (
  | { type: 'paragraph' | 'heading'; text: string }
  | { type: 'code'; text: string; language: string }
  | { type: 'list'; ordered: boolean; start: number; items: Block[][] }
  | { type: 'quote'; children: Block[] }
  | { type: 'rule' }
)

/** Lists and quotes nested deeper than this are shown as text. */
const MAX_DEPTH = 6

const FENCE = /^ {0,3}(`{3,}|~{3,})\s*([^\s`]*)[^`]*$/
const HEADING = /^ {0,3}#{1,6}\s+(.*?)(?:\s+#+)?\s*$/
const RULE = /^ {0,3}([-*_])(?:\s*\1){2,}\s*$/
const QUOTE = /^ {0,3}> ?/
const ITEM = /^( {0,5})([-*+]|(\d{1,9})[.)])(\s+|$)(.*)$/

/**
 * Splits light Markdown (paragraphs, headings, lists, quotes, fenced code, rules) into blocks. Any text gives some
 * blocks, half-written text too: a fence without its end runs to the end, so nothing jumps while an answer streams.
 */
export function parseBlocks(text: string, depth = 0): Block[] {
  const lines = text.replace(/\r\n?/g, '\n').replace(/\t/g, '    ').split('\n')
  const blocks: Block[] = []
  let at = 0
  while (at < lines.length) {
    const begin = at
    const line = lines[at]!
    const fence = FENCE.exec(line)
    const heading = HEADING.exec(line)
    const add = (block: Omit<Block, 'source'>) =>
      blocks.push({ ...block, source: lines.slice(begin, at).join('\n') } as Block)

    if (line.trim() === '') {
      at++
    } else if (fence) {
      const end = new RegExp(`^ {0,3}${fence[1]![0]}{${fence[1]!.length},}\\s*$`)
      while (++at < lines.length && !end.test(lines[at]!));
      const code = lines.slice(begin + 1, at).join('\n')
      at++
      add({ type: 'code', text: code, language: fence[2]! } as Block)
    } else if (heading) {
      at++
      add({ type: 'heading', text: heading[1]! } as Block)
    } else if (RULE.test(line)) {
      at++
      add({ type: 'rule' } as Block)
    } else if (QUOTE.test(line) && depth < MAX_DEPTH) {
      while (at < lines.length && QUOTE.test(lines[at]!)) at++
      const inner = lines.slice(begin, at).map((quoted) => quoted.replace(QUOTE, ''))
      add({ type: 'quote', children: parseBlocks(inner.join('\n'), depth + 1) } as Block)
    } else if (ITEM.test(line) && depth < MAX_DEPTH) {
      const { end, items, ordered, start } = readList(lines, at)
      at = end
      const parsed = items.map((item) => parseBlocks(item.join('\n'), depth + 1))
      add({ type: 'list', ordered, start, items: parsed } as Block)
    } else {
      at++
      while (at < lines.length && !endsParagraph(lines[at]!, depth)) at++
      add({ type: 'paragraph', text: lines.slice(begin, at).join('\n') } as Block)
    }
  }
  return blocks
}

function endsParagraph(line: string, depth: number): boolean {
  if (line.trim() === '' || FENCE.test(line) || HEADING.test(line) || RULE.test(line)) return true
  if (depth >= MAX_DEPTH) return false
  const item = ITEM.exec(line)
  // "1986) …" in running text begins no list; "1. …" and bullets do.
  const startsList = item !== null && item[5] !== '' && (item[3] === undefined || item[3] === '1')
  return startsList || QUOTE.test(line)
}

/** The items of one list as lines without their markers and indent. */
function readList(lines: string[], from: number) {
  const first = ITEM.exec(lines[from]!)!
  const kind = (item: RegExpExecArray) => (item[3] === undefined ? item[2]! : item[2]!.slice(-1))
  const items: string[][] = []
  let indent = 0
  let at = from
  while (at < lines.length) {
    const line = lines[at]!
    const item = ITEM.exec(line)
    const depthOfLine = line.search(/\S|$/)
    const afterBlank = at > from && lines[at - 1]!.trim() === ''
    if (item && !RULE.test(line) && (items.length === 0 || depthOfLine < indent)) {
      if (kind(item) !== kind(first)) break
      indent = item[1]!.length + item[2]!.length + 1
      items.push([item[5]!])
    } else if (line.trim() === '' || depthOfLine >= indent) {
      items.at(-1)!.push(line.slice(Math.min(indent, depthOfLine)))
    } else if (afterBlank || endsParagraph(line, 0)) {
      break
    } else {
      items.at(-1)!.push(line.trimStart())
    }
    at++
  }
  // Blank lines after the last item belong to what follows.
  while (lines[at - 1]!.trim() === '') at--
  return {
    items,
    end: at,
    ordered: first[3] !== undefined,
    start: Number(first[3] ?? 1),
  }
}
