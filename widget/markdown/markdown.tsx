import { Component, type ComponentChildren, type VNode } from 'preact'
import { type Block, parseBlocks } from './blocks.ts'
import { type Inline, parseInline } from './inline.ts'

/**
 * An answer as elements. Nothing is ever parsed as HTML. While the answer grows only its last block changes, so a
 * selection or the scroll position in what stands above it is left alone.
 *
 * @param props.tail  put behind the last word: the caret, while the answer streams
 */
export function Markdown({ text, tail }: { text: string; tail?: VNode | undefined }) {
  const blocks = parseBlocks(text)
  if (blocks.length === 0) return <p dir="auto">{tail}</p>
  return (
    <>
      {blocks.map((block, i) => (
        <BlockView key={i} block={block} tail={i === blocks.length - 1 ? tail : undefined} />
      ))}
    </>
  )
}

interface BlockProps {
  block: Block
  /** Inside a list or quote, which has found the direction from all of its text. */
  inner?: boolean
  tail?: VNode | undefined
}

class BlockView extends Component<BlockProps> {
  override shouldComponentUpdate(next: BlockProps): boolean {
    return next.block.source !== this.props.block.source || !next.tail !== !this.props.tail
  }

  override render({ block, tail, inner }: BlockProps) {
    const dir = inner ? undefined : 'auto'
    switch (block.type) {
      case 'paragraph':
        return (
          <p dir={dir}>
            {inline(block.text)}
            {tail}
          </p>
        )
      case 'heading':
        return (
          <p dir={dir} class="heading">
            {inline(block.text)}
            {tail}
          </p>
        )
      case 'code':
        return (
          // A block wider than the bubble scrolls, so the keyboard must be able to reach it.
          // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
          <pre dir="ltr" tabIndex={0}>
            <code>{block.text}</code>
            {tail}
          </pre>
        )
      case 'list':
        return <List block={block} tail={tail} />
      case 'quote':
        return <blockquote dir="auto">{nested(block.children, tail)}</blockquote>
      case 'rule':
        return (
          <>
            <hr />
            {tail}
          </>
        )
    }
  }
}

function List({ block, tail }: { block: Block & { type: 'list' }; tail: VNode | undefined }) {
  const items = block.items.map((item, i) => (
    <li key={i}>{nested(item, i === block.items.length - 1 ? tail : undefined)}</li>
  ))
  if (!block.ordered) return <ul dir="auto">{items}</ul>
  return (
    <ol dir="auto" start={block.start}>
      {items}
    </ol>
  )
}

function nested(blocks: Block[], tail: VNode | undefined): ComponentChildren {
  if (blocks.length === 0) return tail
  return blocks.map((block, i) => (
    <BlockView key={i} block={block} inner tail={i === blocks.length - 1 ? tail : undefined} />
  ))
}

function inline(source: string): ComponentChildren {
  return parseInline(source).map(toElement)
}

function toElement(part: Inline): ComponentChildren {
  if (typeof part === 'string') return part
  switch (part.type) {
    case 'strong':
      return <strong>{part.children.map(toElement)}</strong>
    case 'emphasis':
      return <em>{part.children.map(toElement)}</em>
    case 'deleted':
      return <del>{part.children.map(toElement)}</del>
    case 'code':
      return <code dir="ltr">{part.text}</code>
    case 'link':
      return (
        <a href={part.href} target="_blank" rel="noopener noreferrer">
          {part.text}
        </a>
      )
  }
}
