/**
 * An emoji may go on after it looks whole: a skin tone, a joiner and another emoji, the second letter of a flag.
 * This matches one at the end of a text, which then waits for the next character.
 */
const OPEN_EMOJI =
  /(?:\p{Extended_Pictographic}[\uFE0F\u{1F3FB}-\u{1F3FF}\u{E0020}-\u{E007F}]*\u200D?)+$/u
const FLAG_LETTERS = /\p{Regional_Indicator}+$/u

/** Length in UTF-16 units of the emoji at the end of `text` that the next character may still extend. */
export function openEmoji(text: string): number {
  const last = text.charCodeAt(text.length - 1)
  if (!(last >= 0x00a9)) return 0 // the common case: plain text
  const letters = FLAG_LETTERS.exec(text)?.[0].length ?? 0
  if (letters % 4 !== 0) return 2 // a flag is two letters of two units each
  const run = OPEN_EMOJI.exec(text)?.[0]
  if (!run) return 0
  // Only the last of several emoji side by side is open: those before it were not followed by a joiner.
  let start = 0
  for (const { index } of run.matchAll(/(?<!\u200D)\p{Extended_Pictographic}/gu)) start = index
  return run.length - start
}
