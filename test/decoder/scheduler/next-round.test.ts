import { describe, expect, test } from 'vitest'
import type { KVCache } from '../../../decoder/index.ts'
import { nextRound } from '../../../decoder/scheduler/next-round.ts'
import { Ticket } from '../../../decoder/scheduler/ticket.ts'

/** Nobody looks at it. */
const NONE = {} as KVCache

const tickets = (...sizes: number[]): Ticket[] =>
  sizes.map((size) => new Ticket([{ cache: NONE, tokens: new Array(size).fill(0) }]))
const sizes = (round: readonly Ticket[]) => round.map(({ size }) => size)

describe('a round', () => {
  test('takes the oldest first, however large it is', () => {
    expect(sizes(nextRound(tickets(500, 1, 1), 32))).toEqual([500, 1, 1])
    expect(sizes(nextRound(tickets(500), 32))).toEqual([500])
  })

  test('then the smallest, as many as the budget has room for, or 32 tokens', () => {
    expect(sizes(nextRound(tickets(1, 20, 1, 20, 8), 32))).toEqual([1, 1, 8, 20])
    expect(sizes(nextRound(tickets(1, 33, 33), 32))).toEqual([1])
    expect(sizes(nextRound(tickets(100, 1, 50, 50, 70), 256))).toEqual([100, 1, 50, 50])
  })

  test('texts that grow by a token are in every round, whatever prompts are read besides', () => {
    let queue = tickets(50, 50, 50)
    const rounds = []
    for (let round = 0; round < 3; round++) {
      queue = [...queue, ...tickets(1, 1, 1)]
      const taken = nextRound(queue, 50)
      rounds.push(sizes(taken))
      queue = queue.filter((ticket) => !taken.includes(ticket))
    }
    expect(rounds).toEqual([
      [50, 1, 1, 1],
      [50, 1, 1, 1],
      [50, 1, 1, 1],
    ])
  })

  test('nobody waits longer than those before him take, whoever comes later', () => {
    let queue = tickets(50, 50, 50, 50)
    const last = queue.at(-1)!
    for (let round = 1; round <= 4; round++) {
      queue = [...queue, ...tickets(...new Array(60).fill(1))]
      const taken = nextRound(queue, 32)
      if (taken.includes(last)) expect(round).toBe(4)
      queue = queue.filter((ticket) => !taken.includes(ticket))
    }
    expect(queue.includes(last)).toBe(false)
  })
})
