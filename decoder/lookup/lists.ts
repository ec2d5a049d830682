/** Words of a unit up to which it is looked at as a list, and of each item: longer ones tell more than the item alone. */
const LONGEST_LIST = 80
const LONGEST_ITEM = 6
/** Letters by which two words are taken for the same: "pianos" and "piano". */
const STEM = 5

/** Words that name no item, though only one may hold them: "with" in "A car with driver is 6.50, a bicycle 2.00." */
const NAMELESS = new Set('the and with for from are our your you per each not'.split(' '))

const GLUE = /([,;] (?:and )?| and | & )(?=\S)/u
const LINK = /(?<=\s)(?:for|on|at|in|with|to|from|by|is|are|costs?)(?=\s)/giu
/** "Mon-Fri", "9 am to 5 pm": of hours, a question names other words than the item that answers it ("Do you close on Friday?"). */
const RANGE =
  /\p{Nd}\s*(?:am|pm|h)?\s*(?:[-–]|to|until|till)\s*\p{Nd}|(?:mon|tue|wed|thu|fri|sat|sun)\p{L}*\s*(?:[-–]|to)\s*\p{L}/iu
const AMOUNT = /\p{L}{3}.*[\p{Nd}$€£]|[\p{Nd}$€£].*\p{L}{3}/u

/**
 * Of a unit that tells several short things alike ("Our lawyers: Luke for patents, Ana for visas.") the item that a question
 * names: a small model easily tells the neighbour's.
 *
 * @returns the item, behind what introduces all of them; undefined if the unit is no list, or the question names none or several
 */
export function itemAskedFor(unit: string, question: string): string | undefined {
  const items = itemsOf(unit)
  const stems = items.map(stemsOf)
  const named = new Set<number>()
  for (const stem of stemsOf(question)) {
    const [item, ...others] = [...stems.keys()].filter((index) => stems[index]!.has(stem))
    if (item !== undefined && others.length === 0) named.add(item)
  }
  const [only] = named
  return named.size === 1 ? items[only!] : undefined
}

function itemsOf(unit: string): string[] {
  if (unit.split(/\s+/u).length > LONGEST_LIST || RANGE.test(unit)) return []
  const head = /^.*?: /u.exec(unit)?.[0] ?? ''
  const body = unit.slice(head.length).replace(/[.;]\s*$/u, '')
  if (/[.!?]\s/u.test(body)) return []
  const [first = '', ...others] = body.split(GLUE)
  const links = [...first.matchAll(LINK)].map(([link]) => new RegExp(`\\S\\s${link}\\s\\S`, 'iu'))
  const found = [AMOUNT, ...links].map((test) => alike([first, ...others], test))
  const items = found.reduce((most, some) => (some.length > most.length ? some : most))
  const areShort = items.every((item) => item.split(/\s+/u).length <= LONGEST_ITEM)
  return items.length > 1 && areShort ? items.map((item) => begun(head, item)) : []
}

/** Of pieces with the glue between them: those that pass, each with those after it that do not. */
function alike(pieces: readonly string[], test: RegExp): string[] {
  const items: string[] = []
  for (let index = 0; index < pieces.length; index += 2) {
    const piece = pieces[index]!
    if (test.test(piece)) items.push(piece)
    else if (items.length === 0) return []
    else items[items.length - 1] += pieces[index - 1]! + piece
  }
  return items
}

const begun = (head: string, item: string) =>
  head ? head + item : item.charAt(0).toUpperCase() + item.slice(1)

function stemsOf(text: string): Set<string> {
  return new Set(
    text
      .toLowerCase()
      .match(/\p{L}{3,}/gu)
      ?.filter((word) => !NAMELESS.has(word))
      .map((word) => word.slice(0, STEM)),
  )
}
