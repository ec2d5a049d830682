import { rm } from 'node:fs/promises'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest'
import { launch, pageWith, widgetOn } from './browser.ts'
import { buildWidget } from './build.ts'
import { eventually } from './eventually.ts'
import { type Stub, say, startSite, startStubEdge } from './servers.ts'

export const SETTINGS = { name: 'Fern & Fable Books' }

/**
 * For the suite that calls it: the widget in Chromium, on a page of another origin than the edge's. The edge is a stub
 * with the faults of the field; an error on the page fails the test.
 */
export function onCustomersPage() {
  let assets: string
  let browser: Browser
  let edge: Stub
  let site: Awaited<ReturnType<typeof startSite>>
  let page: Page
  let problems: string[]

  beforeAll(async () => {
    assets = await buildWidget()
    browser = await launch()
    edge = await startStubEdge(assets)
    site = await startSite({ '/': '' })
  })
  afterAll(async () => {
    await browser?.close()
    await edge?.close()
    await site?.close()
    if (assets) await rm(assets, { recursive: true })
  })
  beforeEach(() => {
    edge.asked.length = 0
    edge.answer = say('The shop is open.')
    problems = []
  })
  afterEach(async () => {
    await page.context().close()
    expect(problems).toEqual([])
  })

  return {
    get edge() {
      return edge
    },
    get page() {
      return page
    },

    async visit(html = pageWith(edge.url, SETTINGS), options: BrowserContextOptions = {}) {
      site.pages['/'] = html
      const context = await browser.newContext(options)
      await context.grantPermissions(['clipboard-read', 'clipboard-write'])
      page = await context.newPage()
      page.on('pageerror', (error) => problems.push(error.message))
      await page.goto(site.url)
      return widgetOn(page)
    },

    /** Waits for the answer's bubble with exactly this text, and for the end of the stream. */
    async answered(text: string) {
      const bubble = page.locator('edgewise-chat .turn:not(.mine) .bubble').last()
      await eventually(() => bubble.textContent()).toBe(text)
      await page.getByRole('button', { name: 'Send' }).waitFor()
    },
  }
}
