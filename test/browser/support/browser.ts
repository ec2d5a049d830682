import { existsSync } from 'node:fs'
import { type Browser, chromium, type Page } from 'playwright-core'

export const CHROMIUM_PATH = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium'

/** Browser suites run where a Chromium is; elsewhere they are skipped, which `npm test` says in one line. */
export const hasChromium = existsSync(CHROMIUM_PATH)

export function launch(args: string[] = []): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM_PATH, args: ['--no-sandbox', ...args] })
}

/** The widget's parts on a page, by the names that people and assistive technology know them by. */
export function widgetOn(page: Page) {
  return {
    launcher: page.getByRole('button', { name: /chat/i }),
    panel: page.getByRole('dialog'),
    log: page.getByRole('log'),
    input: page.getByRole('textbox'),
    send: page.getByRole('button', { name: 'Send' }),
    stop: page.getByRole('button', { name: 'Stop' }),
    edge: page.getByRole('radio', { name: 'Edge' }),
    device: page.getByRole('radio', { name: 'On this device' }),
    retry: page.getByRole('button', { name: 'Try again' }),
    status: page.locator('edgewise-chat .status'),
    /** Bubbles of the answers, the greeting left out. */
    answers: page.locator('edgewise-chat .turn:not(.mine) .bubble'),
    async open() {
      await this.launcher.click()
      await this.input.waitFor()
    },
    async ask(question: string) {
      await this.input.fill(question)
      await this.input.press('Enter')
    },
  }
}

/** A page as a customer would have it: the script tag with these attributes, and whatever else is on it. */
export function pageWith(
  edge: string,
  attributes: Record<string, string> = {},
  { head = '', body = '' } = {},
): string {
  const escaped = (value: string) => value.replace(/&/g, '&amp;').replace(/"/g, '&quot;')
  const data = Object.entries(attributes).map(([name, value]) => `data-${name}="${escaped(value)}"`)
  return `<!doctype html><html lang="en"><head><meta name="viewport" content="width=device-width,initial-scale=1">
<title>Shop</title>${head}</head><body><h1>Shop</h1>${body}
<script src="${edge}/widget.js" ${data.join(' ')}></script></body></html>`
}
