/// <reference lib="dom" />
/**
 * Takes the picture of the widget for the documentation: the panel in light while an answer streams, in dark without a
 * network, and while the model downloads. Needs `npm run build` first.
 *
 * @example node test/browser/screenshots.ts docs/widget.png
 */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Page } from 'playwright-core'
import { launch, pageWith, widgetOn } from './support/browser.ts'
import { say, startSite, startStubEdge } from './support/servers.ts'

const [target = 'docs/widget.png'] = process.argv.slice(2)
const edge = await startStubEdge(resolve(import.meta.dirname, '../../dist/assets'))
const head =
  '<style>edgewise-chat { --edgewise-font: "Inter", "Liberation Sans", sans-serif }</style>'
const settings = { name: 'Fern & Fable Books', suggestions: 'Gift cards|Reading nights' }
const site = await startSite({ '/': pageWith(edge.url, settings, { head }) })
const browser = await launch()

async function panel(scheme: 'light' | 'dark') {
  const viewport = { width: 520, height: 680 }
  const page = await browser.newPage({ viewport, colorScheme: scheme, deviceScaleFactor: 2 })
  await page.goto(site.url)
  const widget = widgetOn(page)
  await widget.open()
  return { page, widget }
}

async function ask(page: Page, question: string, answer: string, pace = 0) {
  const widget = widgetOn(page)
  edge.answer = say(answer, pace)
  await widget.ask(question)
  if (pace === 0) await widget.retry.waitFor()
}

/** The page with the panel in it, as a data URL; the pointer and the caret of the box are left out. */
async function picture(page: Page): Promise<string> {
  const clip = { x: 116, y: 20, width: 384, height: 640 }
  await page.waitForTimeout(250)
  const bytes = await page.screenshot({ clip, animations: 'disabled', omitBackground: true })
  return `data:image/png;base64,${bytes.toString('base64')}`
}

const pictures: string[] = []

const light = await panel('light')
await ask(light.page, 'are you open on Sunday?', 'Yes, on Sunday from 10 am to 4 pm.')
await ask(
  light.page,
  'can I order a book online?',
  'You can order any book on our web site and in the shop',
  300,
)
await light.page.waitForTimeout(1500)
await light.widget.input.fill('How long does')
pictures.push(await picture(light.page))

const dark = await panel('dark')
await dark.widget.device.click()
await dark.page.getByRole('button', { name: 'Download' }).click()
await dark.page.getByText('This device answers').waitFor({ timeout: 60_000 })
await dark.widget.edge.click()
await ask(
  dark.page,
  'who reads on Thursday?',
  'On Thursday **Miriam Dahlen** reads:\n\n- at 7 pm, by the river\n- from `Small Hours`\n\nEntry is free.',
)
await dark.page.context().setOffline(true)
await dark.widget.device.click()
await dark.page.getByText('Offline: this device answers').waitFor()
pictures.push(await picture(dark.page))

const download = await panel('light')
await ask(download.page, 'keep chatting on the train', 'With the model on your device, yes.')
edge.pace = 1_200_000
await download.widget.device.click()
await download.page.getByRole('button', { name: 'Download' }).click()
const bar = download.page.getByRole('progressbar')
while (Number(await bar.getAttribute('aria-valuenow')) < 58) await download.page.waitForTimeout(50)
pictures.push(await picture(download.page))

const sheet = await browser.newPage({
  viewport: { width: 1280, height: 704 },
  deviceScaleFactor: 1.5,
})
await sheet.setContent(`<style>
  body { margin: 0; display: flex; gap: 32px; padding: 32px; background: #e9e8e4 }
  img { width: 384px; height: 640px; border-radius: 16px; box-shadow: 0 16px 48px rgb(16 24 40 / 18%) }
</style>${pictures.map((source) => `<img src="${source}">`).join('')}`)
await sheet.waitForFunction(() => [...document.images].every((image) => image.complete))
await sheet.screenshot({ path: target })
console.log(`${target}: ${readFileSync(target).length} bytes`)

await browser.close()
await edge.close()
await site.close()
