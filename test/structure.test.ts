import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'

/** Imports point one way through the house: what each folder may import of ours, besides itself. */
const ALLOWED: Record<string, string[]> = {
  decoder: [],
  // The compiled kernels, and what the build says of them.
  runtimes: ['decoder', 'dist'],
  worker: ['decoder', 'runtimes'],
  widget: ['decoder', 'runtimes'],
}

const root = resolve(import.meta.dirname, '..')

interface Import {
  file: string
  target: string
  typeOnly: boolean
}

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => join(folder, name))
}

function importsOf(file: string): Import[] {
  const code = readFileSync(join(root, file), 'utf8')
  const pattern =
    /\b(import|export)\s+(type\s+)?[^'"`;]*?from\s+['"]([^'"]+)['"]|\bimport\s*\(?\s*['"]([^'"]+)['"]/g
  return [...code.matchAll(pattern)].map((match) => ({
    file,
    target: match[3] ?? match[4]!,
    typeOnly: match[2] !== undefined,
  }))
}

/** The top folder of ours that an import leads to; null for a package. */
function folderOf({ file, target }: Import): string | null {
  if (!target.startsWith('.')) return null
  return relative(root, resolve(root, dirname(file), target)).split('/')[0]!
}

describe.each(Object.entries(ALLOWED))('%s', (folder, allowed) => {
  const imports = sources(folder).flatMap(importsOf)

  test('imports only downwards', () => {
    const wrong = imports.filter((entry) => {
      const to = folderOf(entry)
      return to !== null && to !== folder && !allowed.includes(to)
    })
    expect(wrong).toEqual([])
  })
})

test('the decoder touches no platform: no node:, no workerd', () => {
  const platform = sources('decoder')
    .flatMap(importsOf)
    .filter(({ target }) => /^(node|cloudflare):/.test(target))
  expect(platform).toEqual([])
})

test('runtimes take types from the decoder, and the one error class', () => {
  const values = sources('runtimes')
    .flatMap(importsOf)
    .filter((entry) => folderOf(entry) === 'decoder' && !entry.typeOnly)
    .filter(({ target }) => !target.endsWith('decoder/errors.ts'))
  expect(values).toEqual([])
})

test('randomness, exponentials and logarithms that decide a token are the decoder’s own', () => {
  const offenders = sources('decoder').filter((file) =>
    /\bMath\.(random|exp|log|pow|log2|expm1|log1p|tanh|sin|cos)\b|\*\*\s*[a-z(]/.test(
      readFileSync(join(root, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, ''),
    ),
  )
  expect(offenders).toEqual([])
})
