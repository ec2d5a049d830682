import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Block, parseBlocks } from '../../widget/markdown/blocks.ts'
import { type Inline, parseInline } from '../../widget/markdown/inline.ts'
import { safeHref } from '../../widget/markdown/safe-href.ts'

const plain = (block: Block): unknown => {
  const { source: _, ...rest } = block
  if (rest.type === 'list') return { ...rest, items: rest.items.map((item) => item.map(plain)) }
  if (rest.type === 'quote') return { ...rest, children: rest.children.map(plain) }
  return rest
}
const blocks = (text: string) => parseBlocks(text).map(plain)
const paragraph = (text: string) => ({ type: 'paragraph', text })

describe('blocks', () => {
  test('paragraphs keep their line breaks', () => {
    expect(blocks('one\ntwo\n\n\nthree')).toEqual([paragraph('one\ntwo'), paragraph('three')])
  })

  test('headings, rules and quotes', () => {
    expect(blocks('## Hours ##\ntext\n---\n> said\n> twice')).toEqual([
      { type: 'heading', text: 'Hours' },
      paragraph('text'),
      { type: 'rule' },
      { type: 'quote', children: [paragraph('said\ntwice')] },
    ])
  })

  test('lists, nested, with paragraphs of their own', () => {
    expect(blocks('- a\n  more\n- b\n  1. c\n\n     d\n\nend')).toEqual([
      {
        type: 'list',
        ordered: false,
        start: 1,
        items: [
          [paragraph('a\nmore')],
          [
            paragraph('b'),
            { type: 'list', ordered: true, start: 1, items: [[paragraph('c'), paragraph('d')]] },
          ],
        ],
      },
      paragraph('end'),
    ])
  })

  test('a numbered list may begin anywhere, a year in a sentence begins none', () => {
    expect(blocks('3) x\n4) y')).toMatchObject([{ type: 'list', ordered: true, start: 3 }])
    expect(blocks('founded in\n1986. It was')).toEqual([paragraph('founded in\n1986. It was')])
  })

  test('fenced code is taken as it is, with or without its end', () => {
    const code = { type: 'code', language: 'js', text: '- *a*\n\n<b>' }
    expect(blocks('```js\n- *a*\n\n<b>\n```\nafter')).toEqual([code, paragraph('after')])
    expect(blocks('```js\n- *a*\n\n<b>')).toEqual([code])
  })

  test('while text grows, only the last block changes', () => {
    const text = 'Intro **bold**\n\n- one\n- two\n\n```\ncode\n\nmore\n```\n\n> quote\n\nlast words'
    let before: Block[] = []
    for (let end = 1; end <= text.length; end++) {
      const now = parseBlocks(text.slice(0, end))
      const settled = Math.max(before.length - 1, 0)
      expect(now.slice(0, settled).map((b) => b.source)).toEqual(
        before.slice(0, settled).map((b) => b.source),
      )
      before = now
    }
  })
})

describe('inline', () => {
  test.each<[string, Inline[]]>([
    ['a **b** c', ['a ', { type: 'strong', children: ['b'] }, ' c']],
    [
      '*a* _b_ ~~c~~',
      [
        { type: 'emphasis', children: ['a'] },
        ' ',
        { type: 'emphasis', children: ['b'] },
        ' ',
        { type: 'deleted', children: ['c'] },
      ],
    ],
    ['***a***', [{ type: 'strong', children: [{ type: 'emphasis', children: ['a'] }] }]],
    [
      'snake_case_name 2*3*4 is',
      ['snake_case_name 2', { type: 'emphasis', children: ['3'] }, '4 is'],
    ],
    ['5 * 3 * 2', ['5 * 3 * 2']],
    ['half **open', ['half ', '**', 'open']],
    ['`a*b*` ``c`d``', [{ type: 'code', text: 'a*b*' }, ' ', { type: 'code', text: 'c`d' }]],
    ['open `tick', ['open `tick']],
    ['\\*not\\* <b>', ['*not* <b>']],
    ['[a](https://x.example/(b))', [{ type: 'link', href: 'https://x.example/(b)', text: 'a' }]],
    [
      'see https://x.example/a.',
      ['see ', { type: 'link', href: 'https://x.example/a', text: 'https://x.example/a' }, '.'],
    ],
    [
      '![pic](https://x.example/p.png)',
      [{ type: 'link', href: 'https://x.example/p.png', text: 'pic' }],
    ],
    [
      '[half](https://x.exa',
      ['[half](', { type: 'link', href: 'https://x.exa/', text: 'https://x.exa' }],
    ],
  ])('%s', (text, expected) => {
    expect(parseInline(text)).toEqual(expected)
  })

  test('text is never lost, whatever it is', () => {
    const words = (parts: Inline[]): string =>
      parts
        .map((part) =>
          typeof part === 'string' ? part : 'text' in part ? part.text : words(part.children),
        )
        .join('')
    const letters = (text: string) => text.replace(/[^a-z]/g, '')
    const piece = fc.constantFrom(
      'a',
      'b ',
      '*',
      '**',
      '_',
      '`',
      '~~',
      '\\',
      '<',
      '>',
      '!',
      '#',
      '\n',
    )
    const property = fc.property(fc.array(piece), (pieces) => {
      const text = pieces.join('')
      expect(letters(words(parseInline(text)))).toBe(letters(text))
    })
    fc.assert(property, { seed: 2 })
  })
})

// conversa#3, omnichannel-chat-widget#264: links that run script.
describe('addresses', () => {
  test.each(['https://a.example/', 'http://a.example/?q=1#x', 'mailto:a@b.example'])(
    '%s may be followed',
    (href) => {
      expect(safeHref(href)).toBe(href)
    },
  )

  test.each([
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    '\u0001javascript:alert(1)',
    'java\nscript:alert(1)',
    ' javascript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:x',
    'blob:https://a.example/1',
    'file:///etc/passwd',
    '//a.example',
    '/path',
  ])('%j may not', (href) => {
    expect(safeHref(href)).toBeNull()
  })
})

test.each([
  ['marks', '*_'.repeat(50_000)],
  ['brackets', '[a]('.repeat(50_000)],
  ['ticks', '` `` '.repeat(20_000)],
  ['quotes', '>'.repeat(50_000)],
  ['items', `${'- '.repeat(50_000)}x`],
  ['fences', '```\n'.repeat(50_000)],
])('hostile text is only text: %s', (_, text) => {
  const depth = (node: unknown): number =>
    node && typeof node === 'object' ? 1 + Math.max(0, ...Object.values(node).map(depth)) : 0
  const nodes: unknown[] = parseBlocks(text).flatMap((block): unknown[] =>
    'text' in block ? [block, ...parseInline(block.text)] : [block],
  )
  expect(nodes.reduce((deepest: number, node) => Math.max(deepest, depth(node)), 0)).toBeLessThan(
    60,
  )
})
