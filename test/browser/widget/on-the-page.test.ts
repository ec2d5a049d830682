/// <reference lib="dom" />
import { describe, expect, test } from 'vitest'
import { hasChromium, pageWith } from '../support/browser.ts'
import { onCustomersPage, SETTINGS } from '../support/customers-page.ts'
import { eventually } from '../support/eventually.ts'
import { refuse, say } from '../support/servers.ts'

describe.skipIf(!hasChromium)('the widget: on the page', () => {
  const on = onCustomersPage()

  // synaplan#1450
  test('the page beside the panel stays as it is, clickable; in print there is no chat', async () => {
    const body = `<header style="position:fixed;inset:0 0 auto;z-index:99999;height:60px;background:#333"></header>
      <a id="link" href="#clicked" style="position:fixed;top:100px;left:20px">link</a>
      <dialog id="modal">modal</dialog>`
    const widget = await on.visit(pageWith(on.edge.url, SETTINGS, { body }), {
      viewport: { width: 900, height: 640 },
    })
    await widget.open()
    await on.page.locator('#link').click()
    expect(on.page.url()).toContain('#clicked')
    const top = await on.page.evaluate(() => {
      const [x, y] = [innerWidth - 60, 40]
      const before = document.elementFromPoint(x, y)?.localName
      document.querySelector('dialog')!.showModal()
      return [before, document.elementFromPoint(innerWidth - 200, 300)?.localName]
    })
    expect(top).toEqual(['edgewise-chat', 'dialog'])
    await on.page.emulateMedia({ media: 'print' })
    expect(await on.page.locator('edgewise-chat .panel').isVisible()).toBe(false)
  })

  // context7#3189
  test('what is typed stays in the box; Escape closes only the panel', async () => {
    const head = `<script>window.keys = []
      for (const target of [window, document]) for (const type of ['keydown', 'keypress', 'keyup'])
        target.addEventListener(type, (event) => keys.push(event.key))</script>`
    const widget = await on.visit(pageWith(on.edge.url, SETTINGS, { head }))
    await widget.open()
    await on.page.evaluate(() => Object.assign(window, { keys: [] }))
    await widget.input.pressSequentially('s/n ok')
    await on.page.keyboard.press('ArrowUp')
    expect(await widget.input.inputValue()).toBe('s/n ok')
    await on.page.keyboard.press('Escape')
    await eventually(() => widget.panel.isVisible()).toBe(false)
    const keys = () => on.page.evaluate(() => (window as unknown as { keys: string[] }).keys)
    expect((await keys()).filter((key) => key !== 'Escape')).toEqual([])
    const focused = await on.page.evaluate(
      () => document.activeElement?.shadowRoot?.activeElement?.className,
    )
    expect(focused).toBe('launcher')
    await on.page.evaluate(() => (document.activeElement as HTMLElement).blur())
    await on.page.keyboard.press('s')
    expect(await keys()).toContain('s')
    await widget.open()
    expect(await widget.input.inputValue()).toBe('s/n ok')
  })

  test('a button that goes away with its click leaves the focus in the panel', async () => {
    const widget = await on.visit()
    await widget.open()
    await widget.ask('hello')
    await widget.retry.focus()
    await on.page.keyboard.press('Enter')
    await eventually(() => on.edge.asked.length).toBe(2)
    await widget.send.waitFor()
    await on.page.waitForTimeout(100)
    await on.page.keyboard.press('Escape')
    await eventually(() => widget.panel.isVisible()).toBe(false)
    // The place control is one tab stop; arrows choose.
    await widget.open()
    await widget.edge.focus()
    await on.page.keyboard.press('ArrowRight')
    await eventually(() => widget.device.getAttribute('aria-checked')).toBe('true')
    await on.page.keyboard.press('ArrowLeft')
    await eventually(() => widget.edge.getAttribute('aria-checked')).toBe('true')
  })

  // FlowiseChatEmbed#320
  test('whoever scrolls up stays there; the bottom is followed', async () => {
    const widget = await on.visit()
    await widget.open()
    on.edge.answer = say('word '.repeat(400), 5)
    await widget.ask('tell me more')
    const distance = () =>
      widget.log.evaluate((log) => log.scrollHeight - log.clientHeight - log.scrollTop)
    await eventually(() => widget.log.evaluate((log) => log.scrollTop)).toBeGreaterThan(50)
    expect(await distance()).toBeLessThan(3)
    await widget.log.hover()
    await on.page.mouse.wheel(0, -40)
    const newest = on.page.getByRole('button', { name: 'Go to the newest message' })
    await newest.waitFor()
    const held = await widget.log.evaluate((log) => log.scrollTop)
    const far = await distance()
    await eventually(distance).toBeGreaterThan(far + 100)
    expect(await widget.log.evaluate((log) => log.scrollTop)).toBe(held)
    await newest.click()
    await eventually(distance).toBeLessThan(3)
    await widget.send.waitFor()
    expect(await distance()).toBeLessThan(3)
  })

  // deep-chat#473, #387
  test('while an answer grows only its last block changes', async () => {
    const widget = await on.visit()
    await widget.open()
    on.edge.answer = say(
      'First part is this.\n\n- a\n- b\n\nSecond part goes on and on and on.',
      40,
    )
    await widget.ask('hello')
    const first = widget.answers.last().locator('p').first()
    await eventually(() => widget.answers.last().locator('li').count()).toBeGreaterThan(0)
    await first.evaluate((paragraph) => {
      const selection = getSelection()!
      selection.setBaseAndExtent(paragraph.firstChild!, 6, paragraph.firstChild!, 10)
      Object.assign(window, { changes: 0, first: paragraph })
      new MutationObserver(() => {
        ;(window as unknown as { changes: number }).changes++
      }).observe(paragraph, { childList: true, subtree: true, characterData: true })
    })
    await widget.send.waitFor()
    const after = await first.evaluate((paragraph) => {
      const { changes, first } = window as unknown as { changes: number; first: Element }
      return { changes, same: first === paragraph, selected: String(getSelection()) }
    })
    expect(after).toEqual({ changes: 0, same: true, selected: 'part' })
  })

  // conversa#3, omnichannel-chat-widget#264
  test('no script of an answer runs, no dangerous link is ever there', async () => {
    const widget = await on.visit()
    await on.page.evaluate(() => {
      const seen = { ran: 0, bad: [] as string[] }
      Object.assign(window, { seen, boom: () => seen.ran++ })
      setInterval(() => {
        const root = document.querySelector('edgewise-chat')!.shadowRoot!
        for (const element of root.querySelectorAll('*')) {
          const href = element.getAttribute('href') ?? element.getAttribute('src') ?? ''
          if (href && !/^(https?|mailto):/.test(href)) seen.bad.push(href)
          if (/^(img|script|iframe|object)$/i.test(element.localName))
            seen.bad.push(element.localName)
        }
      }, 1)
    })
    await widget.open()
    on.edge.answer = say(
      `[a](javascript:boom()) [b](JaVaScRiPt:boom()) [c](java\tscript:boom()) [d](data:text/html,<script>boom()</script>)
      <img src=x onerror=boom()> <svg onload=boom()> <script>boom()</script> <a href="javascript:boom()">x</a>
      [e" onclick="boom()](https://ok.example/"onmouseover="boom()) ![i](javascript:boom()) [fine](https://fine.example/x)`,
      5,
    )
    await widget.ask('attack')
    const link = widget.answers.last().getByRole('link', { name: 'fine' })
    await link.waitFor()
    await widget.send.waitFor()
    expect(await link.getAttribute('rel')).toContain('noopener')
    const seen = await on.page.evaluate(() => (window as unknown as { seen: object }).seen)
    expect(seen).toEqual({ ran: 0, bad: [] })
  })

  // livechat#721, codex-autorunner#1961
  test('a screen reader hears each answer once, whole; errors once; old turns never', async () => {
    const widget = await on.visit()
    const watch = () =>
      on.page.evaluate(() => {
        const heard: string[] = []
        Object.assign(window, { heard })
        const root = document.querySelector('edgewise-chat')!.shadowRoot!
        const live = '[role=status], [role=alert], [aria-live=polite], [aria-live=assertive]'
        new MutationObserver((changes) => {
          const regions = new Set(
            changes.map(({ target }) =>
              (target instanceof Element ? target : target.parentElement)?.closest(live),
            ),
          )
          for (const region of regions) if (region?.textContent) heard.push(region.textContent)
        }).observe(root, { subtree: true, childList: true, characterData: true })
      })
    const heard = () => on.page.evaluate(() => (window as unknown as { heard: string[] }).heard)
    await watch()
    await widget.open()
    const answer = `${'one two three '.repeat(20)}end`
    on.edge.answer = say(answer, 5)
    await widget.ask('hello')
    await on.answered(answer)
    await eventually(heard).toEqual([answer])
    on.edge.answer = refuse(500, 'internal_error', 'fault')
    await widget.ask('again')
    await widget.retry.waitFor()
    await eventually(heard).toEqual([answer, 'Something went wrong. fault'])
    expect(await widget.log.getAttribute('aria-live')).toBe('off')

    await on.page.reload()
    await watch()
    await widget.open()
    await eventually(() => widget.log.textContent()).toContain(answer)
    await on.page.waitForTimeout(100)
    expect(await heard()).toEqual([])
  })

  // hermes-desktop#834, OpenMausBot#994
  test('right-to-left: per block, code left to right, the panel mirrored', async () => {
    const html = pageWith(on.edge.url, SETTINGS).replace('<html', '<html dir="rtl"')
    const widget = await on.visit(html, { viewport: { width: 900, height: 700 } })
    await widget.open()
    on.edge.answer = say(
      'שלום (hello) `npm i`\n\n- אחד\n- שתיים\n\n```\nlet x = 1\n```\n\nEnglish here.',
    )
    await widget.ask('שלום')
    await widget.answers.last().locator('pre').waitFor()
    await widget.send.waitFor()
    const direction = (selector: string) =>
      widget.answers
        .last()
        .locator(selector)
        .first()
        .evaluate((element) => getComputedStyle(element).direction)
    expect(await direction('p')).toBe('rtl')
    expect(await direction('ul')).toBe('rtl')
    expect(await direction('pre')).toBe('ltr')
    expect(await direction('p > code')).toBe('ltr')
    expect(await direction('pre + p')).toBe('ltr')
    await eventually(async () => (await widget.panel.boundingBox())!.x).toBe(20)
    const close = (await on.page.getByRole('button', { name: 'Close' }).boundingBox())!
    expect(close.x).toBeLessThan(80)
  })

  // eliza#18233, chatwoot#10606
  test('a phone: full screen, 16 px, above the keyboard', async () => {
    const viewport = { width: 390, height: 844 }
    const widget = await on.visit(pageWith(on.edge.url, SETTINGS), {
      viewport,
      hasTouch: true,
      isMobile: true,
    })
    await widget.launcher.tap()
    await widget.panel.waitFor()
    // Once it has come in.
    await eventually(() => widget.panel.boundingBox()).toEqual({ x: 0, y: 0, ...viewport })
    const size = await widget.input.evaluate((box) => parseFloat(getComputedStyle(box).fontSize))
    expect(size).toBeGreaterThanOrEqual(16)
    await on.page.evaluate(() => {
      Object.defineProperty(visualViewport, 'height', { value: 422, configurable: true })
      visualViewport!.dispatchEvent(new Event('resize'))
    })
    await widget.ask('hello')
    await on.answered('The shop is open.')
    const bottom = async (part: typeof widget.input) => {
      const { y, height } = (await part.boundingBox())!
      return y + height
    }
    expect(await bottom(widget.input)).toBeLessThanOrEqual(422)
    expect(await bottom(widget.answers.last())).toBeLessThanOrEqual(422)
    expect(await on.page.evaluate(() => scrollY)).toBe(0)
  })
})
