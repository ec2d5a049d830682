/// <reference lib="dom" />
import { describe, expect, test } from 'vitest'
import { hasChromium, pageWith } from '../support/browser.ts'
import { onCustomersPage, SETTINGS } from '../support/customers-page.ts'
import { eventually } from '../support/eventually.ts'
import { say } from '../support/servers.ts'

describe.skipIf(!hasChromium)('the widget: pages that change', () => {
  const on = onCustomersPage()

  const count = () => on.page.locator('edgewise-chat').count()

  // chatwoot#9443, #11422, helper#729
  test('the body swapped, emptied, and the element thrown out: one chat, open, with draft and stream', async () => {
    const widget = await on.visit()
    await widget.open()
    on.edge.answer = say('word '.repeat(60), 20)
    await widget.ask('hello')
    await widget.input.fill('my draft')
    const tag = `<script src="${on.edge.url}/widget.js" data-name="${SETTINGS.name}"></script>`
    for (let i = 0; i < 10; i++) {
      await on.page.evaluate(
        ([way, tag]) => {
          const body = document.createElement('body')
          body.append(document.createRange().createContextualFragment(`<h1>Page</h1>${tag}`))
          if (way === 0) document.documentElement.replaceChild(body, document.body)
          else if (way === 1) document.body.innerHTML = '<p>emptied</p>'
          else document.documentElement.replaceChildren(document.head, body)
        },
        [i % 3, tag] as const,
      )
      await on.page.waitForTimeout(60)
      expect(await count()).toBe(1)
    }
    await widget.panel.waitFor()
    expect(await widget.input.inputValue()).toBe('my draft')
    await on.answered('word '.repeat(60).trim())
    await widget.input.press('Enter')
    await eventually(() => on.edge.asked.length).toBe(2)
  })

  test('an element of the owner’s, replaced by a new one in a new body', async () => {
    const element = `<edgewise-chat name="Shop" edge="${on.edge.url}"></edgewise-chat>`
    const widget = await on.visit(pageWith(on.edge.url, {}, { body: element }))
    expect(await count()).toBe(1)
    await widget.open()
    on.edge.answer = say('word '.repeat(40), 20)
    await widget.ask('hello')
    await widget.input.fill('my draft')
    for (let i = 0; i < 5; i++) {
      await on.page.evaluate((element) => {
        const body = document.createElement('body')
        body.innerHTML = `<h1>Next</h1>${element}`
        document.documentElement.replaceChild(body, document.body)
      }, element)
      await widget.panel.waitFor()
    }
    expect(await count()).toBe(1)
    expect(await widget.input.inputValue()).toBe('my draft')
    await on.answered('word '.repeat(40).trim())
  })

  test('removed on purpose it stays away; put back it goes on', async () => {
    const widget = await on.visit()
    await widget.open()
    await widget.ask('hello')
    await on.answered('The shop is open.')
    const kept = await on.page.evaluateHandle(() => {
      const element = document.querySelector('edgewise-chat')!
      element.remove()
      return element
    })
    await on.page.waitForTimeout(100)
    expect(await count()).toBe(0)
    await on.page.evaluate((element) => document.body.append(element), kept)
    await widget.panel.waitFor()
    await eventually(() => widget.log.textContent()).toContain('The shop is open.')
  })

  test('elements that come and go leave nothing behind', async () => {
    const element = `<edgewise-chat name="Shop" edge="${on.edge.url}"></edgewise-chat>`
    const widget = await on.visit(pageWith(on.edge.url, {}, { body: element }))
    await widget.open()
    await widget.ask('hello')
    await on.answered('The shop is open.')
    const session = await on.page.context().newCDPSession(on.page)
    await session.send('Performance.enable')
    const swap = (times: number) =>
      on.page.evaluate(
        async ([element, times]) => {
          for (let i = 0; i < times; i++) {
            const body = document.createElement('body')
            body.innerHTML = element
            document.documentElement.replaceChild(body, document.body)
            await new Promise((resolve) => setTimeout(resolve, 60))
          }
        },
        [element, times] as const,
      )
    const counts = async () => {
      await session.send('HeapProfiler.collectGarbage')
      const { metrics } = await session.send('Performance.getMetrics')
      const value = (name: string) => metrics.find((metric) => metric.name === name)!.value
      return { nodes: value('Nodes'), listeners: value('JSEventListeners') }
    }
    await swap(5)
    const before = await counts()
    await swap(20)
    const after = await counts()
    expect(after.nodes).toBeLessThan(before.nodes * 1.1)
    expect(after.listeners).toBeLessThan(before.listeners * 1.1)
    await eventually(() => widget.log.textContent()).toContain('The shop is open.')
  })

  test('history and draft are there after a reload', async () => {
    const widget = await on.visit()
    await widget.open()
    await widget.ask('hello')
    await on.answered('The shop is open.')
    await widget.input.fill('unsent')
    await on.page.reload()
    await widget.open()
    await on.answered('The shop is open.')
    expect(await widget.input.inputValue()).toBe('unsent')
  })

  test('theme, accent and language may change in the middle: nothing is lost', async () => {
    const widget = await on.visit()
    await widget.open()
    on.edge.answer = say('word '.repeat(40), 20)
    await widget.ask('hello')
    await widget.input.fill('my draft')
    await on.page.evaluate(() => {
      const tag = document.querySelector<HTMLScriptElement>('script[src*=widget]')!
      Object.assign(tag.dataset, { theme: 'dark', accent: '#00aa55', lang: 'de' })
    })
    await on.page.getByRole('button', { name: 'Stopp' }).waitFor()
    expect(await widget.input.inputValue()).toBe('my draft')
    const color = await widget.panel.evaluate((panel) => getComputedStyle(panel).backgroundColor)
    expect(color).toBe('rgb(21, 23, 27)')
    await eventually(() => widget.answers.last().textContent()).toBe('word '.repeat(40).trim())
  })
})
