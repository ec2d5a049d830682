import { DecodingError } from '../../decoder/index.ts'

/** Runs a command. A mistake of its user is told in a line, and the exit code is 1; whatever else fails keeps its stack. */
export async function runCommand(run: () => Promise<void>): Promise<void> {
  try {
    await run()
  } catch (error) {
    const mistake = mistakeInWords(error)
    if (mistake === null) throw error
    console.error(mistake)
    process.exitCode = 1
  }
}

function mistakeInWords(error: unknown): string | null {
  if (error instanceof DecodingError) return error.message
  // Of `parseArgs`: an unknown flag, one without its value.
  const ofArguments =
    error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
  return ofArguments ? `${error.message}; see --help` : null
}
