import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { Turn } from '../chat/conversation.ts'

/** How long, in ms, an announcement stays to be picked up; after that it would be read as part of the page. */
const STAYS = 5000

interface AnnouncerProps {
  turns: Turn[]
  describe: (turn: Turn) => string | undefined
}

/** Tells a screen reader each new answer once, whole, and each failure once; never what was there before. */
export function Announcer({ turns, describe }: AnnouncerProps) {
  const [text, setText] = useState('')
  const last = turns.at(-1)
  const now = last ? `${last.id} ${last.status}` : ''
  const told = useRef(now)
  useLayoutEffect(() => {
    if (now === told.current) return
    told.current = now
    const growing = last?.status === 'waiting' || last?.status === 'streaming'
    const said = last?.role === 'assistant' ? last.text : ''
    setText(!last || growing ? '' : [said, describe(last)].filter(Boolean).join('\n'))
  })
  useEffect(() => {
    const timer = setTimeout(() => setText(''), STAYS)
    return () => clearTimeout(timer)
  }, [text])
  return (
    <div class="unseen" role="status">
      {text}
    </div>
  )
}
