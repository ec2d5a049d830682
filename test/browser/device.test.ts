/// <reference lib="dom" />
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest'
import { hasChromium, launch, pageWith, widgetOn } from './support/browser.ts'
import { eventually } from './support/eventually.ts'
import { startSite } from './support/servers.ts'

/** The model in the visitor's browser, on a page of another origin, with the real edge behind it. */
describe.skipIf(!hasChromium)('on this device', () => {
  const edge = inject('edgeUrl').replace(/\/$/, '')
  const BEAMS = { num_beams: 3, length_penalty: 0.5 }
  const SYSTEM = 'Fern & Fable Books is open on Sunday from 10 am to 4 pm.'
  let browser: Browser
  let site: Awaited<ReturnType<typeof startSite>>
  let page: Page
  const problems: string[] = []

  beforeAll(async () => {
    browser = await launch()
    site = await startSite({
      '/': pageWith(edge, { name: 'Shop', system: SYSTEM, 'max-tokens': '40' }),
      '/beams': pageWith(edge, { 'max-tokens': '40', decoding: JSON.stringify(BEAMS) }),
    })
  })
  afterAll(async () => {
    await browser?.close()
    await site?.close()
  })
  afterEach(async () => {
    await page.context().close()
    expect(problems.splice(0)).toEqual([])
  })

  async function visit(path = '/') {
    const context = await browser.newContext()
    page = await context.newPage()
    page.on('pageerror', (error) => problems.push(error.message))
    await page.goto(new URL(path, site.url).href)
    const widget = widgetOn(page)
    await widget.open()
    return widget
  }
  type Widget = Awaited<ReturnType<typeof visit>>

  const button = (name: string) => page.getByRole('button', { name, exact: true })

  async function askFor(widget: Widget, question: string): Promise<string> {
    const answers = await widget.answers.count()
    await widget.ask(question)
    // The whole answer may be there before anybody could see that it is being made.
    await eventually(() => widget.answers.count()).toBeGreaterThan(answers)
    await widget.send.waitFor({ timeout: 90_000 })
    return (await widget.answers.last().textContent())!
  }

  async function download(widget: Widget) {
    await widget.device.click()
    await button('Download').click()
    await eventually(() => widget.status.textContent()).toBe('This device answers')
  }

  /** The edge's own greedy answer to a conversation, asked without the widget. */
  async function edgeAnswer(
    messages: { role: string; content: string }[],
    decoding: object = {},
  ): Promise<string> {
    const response = await fetch(`${edge}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'edgewise-chat',
        messages,
        temperature: 0,
        max_tokens: 40,
        ...decoding,
      }),
    })
    const body = (await response.json()) as { choices: { message: { content: string } }[] }
    return body.choices[0]!.message.content
  }

  const squeezed = (text: string) => text.replace(/[\s*_`]+/g, ' ').trim()

  test('asks first with its size; then goes on with the conversation, also without a network', async () => {
    const widget = await visit()
    const first = await askFor(widget, 'are you open on Sunday?')
    await widget.device.click()
    const card = page.getByRole('region', { name: 'Run the model on this device?' })
    expect(await card.textContent()).toMatch(/\d+\.\d MB, once\. Then it also works offline\./)
    // Until it is here the edge answers.
    const requests: string[] = []
    page.on('request', (request) => requests.push(new URL(request.url()).pathname))
    const second = await askFor(widget, 'hello')
    expect(requests).toContain('/v1/chat/completions')
    await button('Download').click()
    await eventually(() => widget.status.textContent()).toBe('This device answers')

    await page.context().setOffline(true)
    await eventually(() => widget.status.textContent()).toBe('Offline: this device answers')
    requests.length = 0
    const third = await askFor(widget, 'and on Monday?')
    expect(requests).toEqual([])
    expect(await page.getByText('Nothing leaves this device.').count()).toBe(1)

    // Same model, same conversation, greedy: the same tokens as the edge's.
    const messages = [
      { role: 'system', content: SYSTEM },
      { role: 'user', content: 'are you open on Sunday?' },
      { role: 'assistant', content: first },
      { role: 'user', content: 'hello' },
      { role: 'assistant', content: second },
      { role: 'user', content: 'and on Monday?' },
    ]
    expect(squeezed(third)).toBe(squeezed(await edgeAnswer(messages)))
  })

  test('decodes as the site asks, at the edge and on the device: with beams', async () => {
    const widget = await visit('/beams')
    const question = 'can you book a table for two tonight'
    const messages = [{ role: 'user', content: question }]
    const wanted = squeezed(await edgeAnswer(messages, BEAMS))
    const begun = await widget.answers.count()
    expect(squeezed(await askFor(widget, question))).toBe(wanted)

    await download(widget)
    await button('Start over').click()
    await eventually(() => widget.answers.count()).toBe(begun)
    expect(squeezed(await askFor(widget, question))).toBe(wanted)
  })

  test('the network goes while the edge is chosen: the device takes over, and gives back', async () => {
    const widget = await visit()
    await download(widget)
    await widget.edge.click()
    await eventually(() => widget.status.textContent()).toBe('Answers in a moment')
    await page.context().setOffline(true)
    await askFor(widget, 'hello')
    expect(await widget.status.textContent()).toBe('Offline: this device answers')
    await page.context().setOffline(false)
    await eventually(() => widget.status.textContent()).toBe('Answers in a moment')

    // On the next visit too, though the edge is chosen and nothing was asked of the device yet.
    await page.reload()
    const fetched = page.waitForResponse((response) => response.url().includes('device-worker'))
    await widget.open()
    await fetched
    await page.waitForTimeout(500)
    expect(await widget.status.textContent()).toBe('Answers in a moment')
    await page.context().setOffline(true)
    await eventually(() => widget.status.textContent()).toBe('Offline: this device answers')
    expect(await askFor(widget, 'hello')).not.toBe('')
  })

  test('a model that was fetched once is ready on the next visit, without a question', async () => {
    const widget = await visit()
    await download(widget)
    await page.reload()
    await widget.open()
    await eventually(() => widget.status.textContent()).toBe('This device answers')
    expect(await button('Download').count()).toBe(0)
    await askFor(widget, 'hello')
  })

  test('the download can be paused, resumed and cancelled', async () => {
    const widget = await visit()
    await page.route('**/models/**/*.gguf', async (route) => {
      // Late enough to be paused before it.
      await new Promise((resolve) => setTimeout(resolve, 700))
      await route.continue()
    })
    await widget.device.click()
    await button('Download').click()
    await button('Pause').click()
    await page.getByRole('region', { name: 'Download paused' }).waitFor()
    const bar = page.getByRole('progressbar')
    const held = Number(await bar.getAttribute('aria-valuenow'))
    await page.waitForTimeout(300)
    expect(Number(await bar.getAttribute('aria-valuenow'))).toBe(held)
    await button('Resume').click()
    await eventually(() => widget.status.textContent()).toBe('This device answers')
    await page.unroute('**/models/**/*.gguf')

    await page.evaluate(() => caches.delete('edgewise-files'))
    await page.evaluate(() => localStorage.clear())
    await page.reload()
    await widget.open()
    await widget.device.click()
    await button('Not now').click()
    await eventually(() => widget.edge.getAttribute('aria-checked')).toBe('true')
    expect(await page.getByRole('region').count()).toBe(0)
    await askFor(widget, 'hello')
  })

  test('a long chat never leaves an empty bubble', async () => {
    const widget = await visit()
    await download(widget)
    await page.context().setOffline(true)
    for (let turn = 0; turn < 6; turn++) {
      // Six of them are longer than the model's context.
      const story = 'I like to read in the evening, and my sister does too. '.repeat(12)
      const answer = await askFor(widget, `Part ${turn}: ${story}Do you have books?`)
      expect(answer.trim()).not.toBe('')
    }
    const problems = await page.locator('edgewise-chat .problem').allTextContents()
    expect(problems.filter((text) => !text.startsWith('Cut short'))).toEqual([])
  })

  // transformers.js#1576
  test('removed and put back, over and over: every answer is given', async () => {
    const widget = await visit()
    await download(widget)
    for (let i = 0; i < 5; i++) {
      await page.evaluate(() => {
        const element = document.querySelector('edgewise-chat')!
        element.remove()
        document.body.append(element)
      })
      await widget.panel.waitFor()
      expect(await askFor(widget, `hello ${i}`)).not.toBe('')
      expect(await widget.status.textContent()).toBe('This device answers')
    }
  })

  test('a model that can’t be had: the edge answers, and it is said', async () => {
    const widget = await visit()
    await page.route('**/models/**', (route) => route.fulfill({ status: 404, body: 'not found' }))
    await widget.device.click()
    await page.getByRole('region', { name: /can’t run on this device/ }).waitFor()
    expect(await askFor(widget, 'hello')).not.toBe('')
  })
})
