/// <reference lib="dom" />
import { describe, expect, test } from 'vitest'
import { hasChromium } from '../support/browser.ts'
import { onCustomersPage } from '../support/customers-page.ts'
import { eventually } from '../support/eventually.ts'
import { refuse, say } from '../support/servers.ts'

describe.skipIf(!hasChromium)('the widget: failed sends', () => {
  const on = onCustomersPage()

  test.each<[string, () => void]>([
    [
      '500',
      () => {
        on.edge.answer = refuse(500, 'internal_error', 'engine fault')
      },
    ],
    [
      '429 for long',
      () => {
        on.edge.answer = refuse(429, 'rate_limit_exceeded', 'slow down', { 'retry-after': '50' })
      },
    ],
    [
      '403',
      () => {
        on.edge.answer = refuse(403, 'origin_not_allowed', 'This site is not allowed.')
      },
    ],
    [
      'no network',
      () => {
        on.edge.answer = (response) => void response.destroy()
      },
    ],
    [
      'a page of HTML',
      () => {
        on.edge.answer = (response) => void response.writeHead(502).end('<h1>Bad gateway</h1>')
      },
    ],
  ])('%s: the text comes back, with a retry', async (_, fail) => {
    const widget = await on.visit()
    await widget.open()
    fail()
    await widget.ask('what about gift cards?')
    await widget.retry.waitFor()
    expect(await widget.input.inputValue()).toBe('what about gift cards?')
    expect(await widget.log.textContent()).toContain('what about gift cards?')
    on.edge.answer = say('We have them.')
    await widget.retry.click()
    await on.answered('We have them.')
    expect(await widget.input.inputValue()).toBe('')
    expect(on.edge.asked.at(-1)!.messages).toEqual([
      { role: 'user', content: 'what about gift cards?' },
    ])
  })

  test('offline without a model: clear words, nothing lost', async () => {
    const widget = await on.visit()
    await widget.open()
    await on.page.context().setOffline(true)
    await eventually(() => widget.status.textContent()).toContain('Offline')
    await widget.ask('still there?')
    await on.page.getByText('you are offline').first().waitFor()
    expect(await widget.input.inputValue()).toBe('still there?')
    await on.page.context().setOffline(false)
    await eventually(() => widget.status.textContent()).toBe('Answers in a moment')
    await widget.send.click()
    await on.answered('The shop is open.')
    expect(await on.page.locator('edgewise-chat .mine').count()).toBe(1)
  })

  test('an edge that never answers is given up', async () => {
    const widget = await on.visit()
    await on.page.clock.install()
    await widget.open()
    on.edge.answer = () => {}
    await widget.ask('hello?')
    await eventually(() => on.edge.asked.length).toBe(1)
    await on.page.clock.fastForward(31_000)
    await widget.retry.waitFor()
  })
})
