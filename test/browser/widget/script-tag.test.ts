/// <reference lib="dom" />
import { describe, expect, test } from 'vitest'
import { hasChromium, pageWith } from '../support/browser.ts'
import { onCustomersPage, SETTINGS } from '../support/customers-page.ts'
import { eventually } from '../support/eventually.ts'
import { say } from '../support/servers.ts'

describe.skipIf(!hasChromium)('the widget: the script tag', () => {
  const on = onCustomersPage()

  const tag = (attributes = '') => `<script src="${on.edge.url}/widget.js" ${attributes}></script>`

  // altcha#187
  test.each<[string, () => string, number]>([
    ['twice', () => `<body>${tag()}${tag()}`, 1],
    [
      'in the head, before the body is there',
      () => `<head>${tag('data-name="Head"')}</head><body>`,
      1,
    ],
    [
      'twice with different settings',
      () => `<body>${tag('data-name="A"')}${tag('data-name="B"')}`,
      2,
    ],
    ['async, deferred', () => `<body>${tag('async')}${tag('defer')}`, 1],
    [
      'next to an element of the owner’s',
      () => `<body><edgewise-chat name="A"></edgewise-chat>${tag()}`,
      1,
    ],
    [
      'for two elements',
      () =>
        `<body><edgewise-chat name="A"></edgewise-chat><edgewise-chat name="B"></edgewise-chat>${tag()}`,
      2,
    ],
  ])('%s', async (_, html, expected) => {
    const widget = await on.visit(`<!doctype html><html>${html()}`)
    await eventually(() => widget.launcher.count()).toBe(expected)
    await on.page.waitForTimeout(100)
    expect(await widget.launcher.count()).toBe(expected)
  })

  test('injected after load, as tag managers do', async () => {
    const widget = await on.visit('<!doctype html><body><h1>Shop</h1>')
    await on.page.evaluate((src) => {
      for (let i = 0; i < 2; i++) {
        const script = document.createElement('script')
        script.src = src
        script.dataset.name = 'Injected'
        document.head.append(script)
      }
    }, `${on.edge.url}/widget.js`)
    await widget.open()
    expect(await on.page.locator('edgewise-chat').count()).toBe(1)
    await on.page.getByRole('dialog', { name: 'Injected' }).waitFor()
  })

  test('two elements: settings and chats of their own', async () => {
    const widget = await on.visit(
      `<!doctype html><body><edgewise-chat name="Anna"></edgewise-chat><edgewise-chat name="Ben"></edgewise-chat>${tag()}`,
    )
    const boxes = []
    for (const name of ['Anna', 'Ben']) {
      await on.page.getByRole('button', { name: `Chat with ${name}` }).click()
      const panel = on.page.getByRole('dialog', { name })
      on.edge.answer = say(`I am ${name}.`)
      await panel.getByRole('textbox').fill('who?')
      await panel.getByRole('textbox').press('Enter')
      await panel.getByRole('log').getByText(`I am ${name}.`).waitFor()
      await eventually(async () => (await panel.boundingBox())!.width).toBe(384)
      boxes.push((await panel.boundingBox())!)
    }
    expect(await on.page.getByRole('dialog', { name: 'Anna' }).textContent()).not.toContain('Ben.')
    expect(Math.abs(boxes[0]!.x - boxes[1]!.x)).toBeGreaterThanOrEqual(384)
    expect(await widget.launcher.count()).toBe(0)
  })

  test('under a strict content security policy', async () => {
    const policy = `default-src 'none'; script-src ${on.edge.url}; connect-src ${on.edge.url}; worker-src blob:`
    const meta = `<meta http-equiv="Content-Security-Policy" content="${policy}">`
    const widget = await on.visit(
      `<!doctype html><html><head>${meta}</head><body>${tag('data-name="Strict"')}`,
    )
    const violations: string[] = []
    on.page.on('console', (message) => {
      if (/Content Security Policy/.test(message.text())) violations.push(message.text())
    })
    await widget.open()
    await widget.ask('hello')
    await on.answered('The shop is open.')
    // It grows into its place while it opens.
    await eventually(async () => (await widget.panel.boundingBox())!.width).toBe(384)
    expect(violations.filter((text) => !/favicon/.test(text))).toEqual([])
  })

  test('a panel that does not load is said so, and tried again', async () => {
    const widget = await on.visit('<!doctype html><body>')
    await on.page.route('**/panel.js*', (route) => route.abort())
    await on.page.evaluate((src) => {
      const script = document.createElement('script')
      script.src = src
      document.head.append(script)
    }, `${on.edge.url}/widget.js`)
    await widget.launcher.click()
    await on.page.getByText('could not load').waitFor()
    await on.page.unroute('**/panel.js*')
    await widget.open()
    expect(await on.page.getByText('could not load').count()).toBe(0)
  })

  test('storage forbidden by the page', async () => {
    const head = `<script>Object.defineProperty(window, 'localStorage', { get() { throw new Error('denied') } })</script>`
    const widget = await on.visit(pageWith(on.edge.url, SETTINGS, { head }))
    await widget.open()
    await widget.ask('hello')
    await on.answered('The shop is open.')
  })
})
