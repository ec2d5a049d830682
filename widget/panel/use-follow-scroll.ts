import type { RefObject } from 'preact'
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'

/** Within so many px of the end the reader counts as being there (fractions come from zoomed pages). */
const AT_END = 2

/**
 * Keeps the end of a growing log in view, but only while the reader is there: whoever scrolls up stays where they are.
 *
 * @returns whether the end is followed, and a way back to it
 */
export function useFollowScroll(log: RefObject<HTMLElement | null>) {
  const [following, setFollowing] = useState(true)
  const follow = useRef(true)
  const lastTop = useRef(0)

  const toEnd = useCallback(() => {
    const box = log.current
    if (box) lastTop.current = box.scrollTop = box.scrollHeight
    follow.current = true
    setFollowing(true)
  }, [log])

  // After every render: new text may have made the log longer.
  useLayoutEffect(() => {
    if (follow.current && log.current) {
      log.current.scrollTop = log.current.scrollHeight
      lastTop.current = log.current.scrollTop
    }
  })

  useEffect(() => {
    const box = log.current!
    const scrolled = () => {
      const up = box.scrollTop < lastTop.current - 1
      lastTop.current = box.scrollTop
      const atEnd = box.scrollHeight - box.clientHeight - box.scrollTop <= AT_END
      if (atEnd) follow.current = true
      else if (up) follow.current = false
      setFollowing(follow.current)
    }
    const resized = new ResizeObserver(() => {
      if (follow.current) lastTop.current = box.scrollTop = box.scrollHeight
    })
    box.addEventListener('scroll', scrolled, { passive: true })
    resized.observe(box)
    return () => {
      box.removeEventListener('scroll', scrolled)
      resized.disconnect()
    }
  }, [log])

  return { following, toEnd }
}
