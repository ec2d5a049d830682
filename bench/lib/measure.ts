/** One line of the report: ours and a peer's figure for the same work, measured side by side. */
export interface Result {
  name: string
  ours: number
  peer: number
  peer_name: string
  unit: string
  /** How many times better ours is: above 1 is faster or smaller, whatever the unit. */
  ratio: number
}

export type Unit = 'tokens/s' | 'ms' | 'MB' | 'G multiply-adds/s' | '% of the time' | 'prompts'

/** Each call does the work once and returns its figure. */
export type Work = () => Promise<number>

export interface Contest {
  name: string
  unit: Unit
  ours: Work
  /** By name. */
  peers: Record<string, Work>
  /** Rounds that count, 7 by default. */
  rounds?: number
}

const WARM_UP_ROUNDS = 1
const ROUNDS = 7
/** Each round repeats its work for at least so long. */
const LEAST_MS = 100

/**
 * Runs all in turn and takes the best figure of each: whatever else the machine does only makes an engine slower, and a
 * work of a few milliseconds that is done often enough finds the machine to itself.
 */
export async function compete(contest: Contest): Promise<Result[]> {
  const { name, unit, ours, peers, rounds = ROUNDS } = contest
  const works = [ours, ...Object.values(peers)]
  const figures = works.map((): number[] => [])
  for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
    for (const [index, work] of works.entries()) figures[index]!.push(...(await repeat(work)))
  }
  const [best, ...others] = figures.map((list) => bestOf(unit, list))
  return Object.keys(peers).map((peer, index) => compare(name, unit, best!, peer, others[index]!))
}

export function compare(
  name: string,
  unit: Unit,
  ours: number,
  peer_name: string,
  peer: number,
): Result {
  const ratio = rounded(lessIsBetter(unit) ? peer / ours : ours / peer)
  return { name, ours: rounded(ours), peer: rounded(peer), peer_name, unit, ratio }
}

/** To four digits. */
function rounded(value: number): number {
  return Number(value.toPrecision(4))
}

function lessIsBetter(unit: Unit): boolean {
  return unit === 'ms' || unit === 'MB' || unit === 'prompts'
}

function bestOf(unit: Unit, figures: readonly number[]): number {
  return lessIsBetter(unit) ? Math.min(...figures) : Math.max(...figures)
}

async function repeat(work: Work): Promise<number[]> {
  const figures: number[] = []
  const start = performance.now()
  do figures.push(await work())
  while (performance.now() - start < LEAST_MS)
  return figures
}
