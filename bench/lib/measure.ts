/** One line of the report: ours and a peer's figure for the same work, measured side by side. */
export interface Result {
  name: string
  ours: number
  peer: number
  peer_name: string
  unit: string
  /** How many times better ours is: above 1 is faster, whatever the unit. */
  ratio: number
}

export interface Contest {
  name: string
  peer_name: string
  unit: 'tokens/s' | 'ms'
  /** Each call does the work once and returns its figure in `unit`. */
  ours: () => Promise<number>
  peer: () => Promise<number>
}

const WARM_UP_ROUNDS = 1
const ROUNDS = 7

/**
 * Runs both in turn, so that whatever else the machine does falls on both, and takes medians.
 * The ratio is the median of the rounds' ratios: noise that lasts longer than a round cancels in it.
 */
export async function compete({ name, peer_name, unit, ours, peer }: Contest): Promise<Result> {
  const figures: { ours: number; peer: number }[] = []
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
    const figure = { ours: await ours(), peer: await peer() }
    if (round >= 0) figures.push(figure)
  }
  const better = ({ ours, peer }: { ours: number; peer: number }) =>
    unit === 'ms' ? peer / ours : ours / peer
  return {
    name,
    ours: round(median(figures.map((figure) => figure.ours))),
    peer: round(median(figures.map((figure) => figure.peer))),
    peer_name,
    unit,
    ratio: round(median(figures.map(better))),
  }
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

function round(value: number): number {
  return Number(value.toPrecision(4))
}
