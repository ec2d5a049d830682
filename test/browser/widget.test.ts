/// <reference lib="dom" />
import { rm } from 'node:fs/promises'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { hasChromium, launch, pageWith, widgetOn } from './support/browser.ts'
import { buildWidget } from './support/build.ts'
import { eventually } from './support/eventually.ts'
import {
  chunk,
  DONE,
  refuse,
  SSE,
  type Stub,
  say,
  sayBytes,
  startSite,
  startStubEdge,
} from './support/servers.ts'

/** The widget in Chromium, on a page of another origin than the edge's; the edge is a stub with the faults of the field. */
describe.skipIf(!hasChromium)('the widget on a customer’s page', () => {
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

  const SETTINGS = { name: 'Fern & Fable Books' }

  async function visit(html = pageWith(edge.url, SETTINGS), options: BrowserContextOptions = {}) {
    site.pages['/'] = html
    const context = await browser.newContext(options)
    await context.grantPermissions(['clipboard-read', 'clipboard-write'])
    page = await context.newPage()
    page.on('pageerror', (error) => problems.push(error.message))
    await page.goto(site.url)
    return widgetOn(page)
  }

  /** Waits for the answer's bubble with exactly this text, and for the end of the stream. */
  async function answered(text: string) {
    const bubble = page.locator('edgewise-chat .turn:not(.mine) .bubble').last()
    await eventually(() => bubble.textContent()).toBe(text)
    await page.getByRole('button', { name: 'Send' }).waitFor()
  }

  describe('asking', () => {
    test('question, answer, and what is sent', async () => {
      const widget = await visit(pageWith(edge.url, { ...SETTINGS, system: 'Be brief.' }))
      await widget.open()
      await widget.ask('are you open?')
      await answered('The shop is open.')
      await widget.ask('and on Sunday?')
      await eventually(() => edge.asked.length).toBe(2)
      expect(edge.asked[1]).toMatchObject({
        model: 'edgewise-chat',
        stream: true,
        temperature: 0,
        messages: [
          { role: 'system', content: 'Be brief.' },
          { role: 'user', content: 'are you open?' },
          { role: 'assistant', content: 'The shop is open.' },
          { role: 'user', content: 'and on Sunday?' },
        ],
      })
    })

    test('a suggestion is asked by a click', async () => {
      const widget = await visit(pageWith(edge.url, { suggestions: 'Gift cards|Reading nights' }))
      await widget.open()
      await page.getByRole('button', { name: 'Reading nights' }).click()
      await answered('The shop is open.')
      expect(edge.asked[0]!.messages).toEqual([{ role: 'user', content: 'Reading nights' }])
    })

    test('Copy and Try again', async () => {
      const widget = await visit()
      await widget.open()
      await widget.ask('hello')
      await answered('The shop is open.')
      await page.getByRole('button', { name: 'Copy' }).click()
      await page.getByRole('button', { name: 'Copied' }).waitFor()
      expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('The shop is open.')
      edge.answer = say('It is.')
      await widget.retry.click()
      await answered('It is.')
      // Another answer is wanted, so the second try is not greedy; the first answer is not part of it.
      expect(edge.asked[1]!.temperature).toBeGreaterThan(0)
      expect(edge.asked[1]!.messages).toEqual([{ role: 'user', content: 'hello' }])
    })

    // open-webui/computer#267, deep-chat#442
    test('stop works each time, and start over leaves nothing', async () => {
      const widget = await visit()
      await widget.open()
      edge.answer = say('word '.repeat(300), 30)
      for (const question of ['one', 'two']) {
        await widget.ask(question)
        await eventually(() => widget.answers.last().textContent()).toContain('word')
        await widget.stop.click()
        await widget.send.waitFor()
      }
      expect(await page.getByText('Stopped').count()).toBe(2)
      await widget.ask('three')
      await eventually(() => widget.answers.last().textContent()).toContain('word')
      await page.getByRole('button', { name: 'Start over' }).click()
      await page.waitForTimeout(200)
      expect(await widget.answers.allInnerTexts()).toEqual(['Hello! What would you like to know?'])
      edge.answer = say('Fresh.')
      await widget.ask('four')
      await answered('Fresh.')
      expect(edge.asked.at(-1)!.messages).toEqual([{ role: 'user', content: 'four' }])
    })

    // omnigent#433
    test('Enter that ends a composition does not send', async () => {
      const widget = await visit()
      await widget.open()
      await widget.input.fill('こんにちは')
      await widget.input.evaluate((box) => {
        const enter = { key: 'Enter', bubbles: true, cancelable: true, composed: true }
        box.dispatchEvent(new CompositionEvent('compositionstart'))
        box.dispatchEvent(new KeyboardEvent('keydown', { ...enter, isComposing: true }))
        box.dispatchEvent(new CompositionEvent('compositionend'))
        box.dispatchEvent(new KeyboardEvent('keydown', { ...enter, keyCode: 229 }))
      })
      await page.waitForTimeout(100)
      expect(edge.asked).toEqual([])
      await widget.input.press('Enter')
      await answered('The shop is open.')
    })

    test('Shift+Enter breaks the line', async () => {
      const widget = await visit()
      await widget.open()
      await widget.input.fill('one')
      await widget.input.press('Shift+Enter')
      await widget.input.pressSequentially('two')
      await widget.send.click()
      await answered('The shop is open.')
      expect(edge.asked[0]!.messages[0]!.content).toBe('one\ntwo')
    })
  })

  describe('streams as the field sends them', () => {
    const text = 'Naïve café 👩‍👩‍👧 文字, “open” at 10.'
    const stream = `: hello\n\n${[...text].map((char) => chunk(char)).join('')}${DONE}`

    // lobehub#18640, praxis#739
    test.each([
      ['1 byte at a time', stream, 1],
      ['7 bytes at a time', stream, 7],
      ['13 bytes, CRLF', stream.replaceAll('\n', '\r\n'), 13],
      ['no space after the colon', stream.replaceAll('data: ', 'data:'), 7],
      ['comments between', stream.replaceAll('\n\n', '\n\n: keep\n\n'), 64],
    ])('%s', async (_, bytes, size) => {
      const widget = await visit()
      await widget.open()
      edge.answer = sayBytes(bytes, size)
      await widget.ask('hello')
      await answered(text)
    })

    // vllm-mlx#302, OpenFlowLM-Next#64
    test.each<[string, string]>([
      ['just ends', ''],
      [
        'carries an error',
        'data: {"error":{"message":"engine fault","type":"server_error","param":null,"code":null}}\n\n',
      ],
      ['turns into a bare body', '{"error":"boom"}'],
      ['has a broken event', 'data: {"choices":[{"del\n\n'],
    ])('a stream that %s is a failed turn with its text kept', async (_, ending) => {
      const widget = await visit()
      await widget.open()
      edge.answer = sayBytes(chunk('The shop ') + chunk('is') + ending, 1000)
      await widget.ask('hello')
      await page.getByText('The answer broke off.').first().waitFor()
      expect(await widget.answers.last().textContent()).toBe('The shop is')
      edge.answer = say('Whole.')
      await widget.retry.click()
      await answered('Whole.')
    })

    test('an answer in one piece, from a proxy that can’t stream', async () => {
      const widget = await visit()
      await widget.open()
      edge.answer = (response) => {
        const choice = { message: { content: 'Whole.' }, finish_reason: 'stop' }
        response.writeHead(200, { 'content-type': 'application/json' })
        response.end(JSON.stringify({ choices: [choice] }))
      }
      await widget.ask('hello')
      await answered('Whole.')
    })

    test('an empty answer is said to be none', async () => {
      const widget = await visit()
      await widget.open()
      edge.answer = sayBytes(DONE, 1000)
      await widget.ask('hello')
      await page.getByText('No answer came.').first().waitFor()
      expect(await widget.answers.allInnerTexts()).toEqual(['Hello! What would you like to know?'])
    })

    test('a busy edge is asked again when it says', async () => {
      const widget = await visit()
      await widget.open()
      edge.answer = (response, request) => {
        edge.answer = say('Now.')
        return refuse(503, 'overloaded', 'full', { 'retry-after': '1' })(response, request)
      }
      await widget.ask('hello')
      await eventually(() => widget.status.textContent()).toBe('Busy, trying again in 1 s')
      await answered('Now.')
      expect(edge.asked).toHaveLength(2)
    })

    // lmstudio-bug-tracker#2339, textgen#7257
    test('a conversation that is too long loses its oldest turns', async () => {
      const widget = await visit()
      await widget.open()
      for (const question of ['one', 'two', 'three']) {
        await widget.ask(question)
        await answered('The shop is open.')
        await page.waitForTimeout(50)
      }
      const limited = say('Fits.')
      edge.answer = (response, request) =>
        request.messages.length > 3
          ? refuse(
              400,
              'context_length_exceeded',
              'maximum context length is 64 tokens',
            )(response, request)
          : limited(response, request)
      await widget.ask('four')
      await answered('Fits.')
      expect(edge.asked.at(-1)!.messages.map((message) => message.content)).toEqual([
        'three',
        'The shop is open.',
        'four',
      ])
      // What was dropped stays dropped, and stays to be read.
      const before = edge.asked.length
      edge.answer = say('Again.')
      await widget.ask('five')
      await answered('Again.')
      expect(edge.asked).toHaveLength(before + 1)
      expect(edge.asked.at(-1)!.messages[0]!.content).toBe('three')
      expect(await widget.log.textContent()).toContain('one')
    })

    test('a single message that is too long is said to be so, and comes back', async () => {
      const widget = await visit()
      await widget.open()
      edge.answer = refuse(400, 'context_length_exceeded', 'maximum context length is 64 tokens')
      await widget.ask('a very long question')
      await page.getByText('too long for the model').first().waitFor()
      expect(await widget.input.inputValue()).toBe('a very long question')
    })
  })

  // open-webui/computer#267: a failed send loses the text.
  describe('failed sends', () => {
    test.each<[string, () => void]>([
      [
        '500',
        () => {
          edge.answer = refuse(500, 'internal_error', 'engine fault')
        },
      ],
      [
        '429 for long',
        () => {
          edge.answer = refuse(429, 'rate_limit_exceeded', 'slow down', { 'retry-after': '50' })
        },
      ],
      [
        '403',
        () => {
          edge.answer = refuse(403, 'origin_not_allowed', 'This site is not allowed.')
        },
      ],
      [
        'no network',
        () => {
          edge.answer = (response) => void response.destroy()
        },
      ],
      [
        'a page of HTML',
        () => {
          edge.answer = (response) => void response.writeHead(502).end('<h1>Bad gateway</h1>')
        },
      ],
    ])('%s: the text comes back, with a retry', async (_, fail) => {
      const widget = await visit()
      await widget.open()
      fail()
      await widget.ask('what about gift cards?')
      await widget.retry.waitFor()
      expect(await widget.input.inputValue()).toBe('what about gift cards?')
      expect(await widget.log.textContent()).toContain('what about gift cards?')
      edge.answer = say('We have them.')
      await widget.retry.click()
      await answered('We have them.')
      expect(await widget.input.inputValue()).toBe('')
      expect(edge.asked.at(-1)!.messages).toEqual([
        { role: 'user', content: 'what about gift cards?' },
      ])
    })

    test('offline without a model: clear words, nothing lost', async () => {
      const widget = await visit()
      await widget.open()
      await page.context().setOffline(true)
      await eventually(() => widget.status.textContent()).toContain('Offline')
      await widget.ask('still there?')
      await page.getByText('you are offline').first().waitFor()
      expect(await widget.input.inputValue()).toBe('still there?')
      await page.context().setOffline(false)
      await eventually(() => widget.status.textContent()).toBe('Answers in a moment')
      await widget.send.click()
      await answered('The shop is open.')
      expect(await page.locator('edgewise-chat .mine').count()).toBe(1)
    })

    test('an edge that never answers is given up', async () => {
      const widget = await visit()
      await page.clock.install()
      await widget.open()
      edge.answer = () => {}
      await widget.ask('hello?')
      await eventually(() => edge.asked.length).toBe(1)
      await page.clock.fastForward(31_000)
      await widget.retry.waitFor()
    })
  })

  describe('on the page', () => {
    // synaplan#1450
    test('the page beside the panel stays as it is, clickable; in print there is no chat', async () => {
      const body = `<header style="position:fixed;inset:0 0 auto;z-index:99999;height:60px;background:#333"></header>
        <a id="link" href="#clicked" style="position:fixed;top:100px;left:20px">link</a>
        <dialog id="modal">modal</dialog>`
      const widget = await visit(pageWith(edge.url, SETTINGS, { body }), {
        viewport: { width: 900, height: 640 },
      })
      await widget.open()
      await page.locator('#link').click()
      expect(page.url()).toContain('#clicked')
      const top = await page.evaluate(() => {
        const [x, y] = [innerWidth - 60, 40]
        const before = document.elementFromPoint(x, y)?.localName
        document.querySelector('dialog')!.showModal()
        return [before, document.elementFromPoint(innerWidth - 200, 300)?.localName]
      })
      expect(top).toEqual(['edgewise-chat', 'dialog'])
      await page.emulateMedia({ media: 'print' })
      expect(await page.locator('edgewise-chat .panel').isVisible()).toBe(false)
    })

    // context7#3189
    test('what is typed stays in the box; Escape closes only the panel', async () => {
      const head = `<script>window.keys = []
        for (const target of [window, document]) for (const type of ['keydown', 'keypress', 'keyup'])
          target.addEventListener(type, (event) => keys.push(event.key))</script>`
      const widget = await visit(pageWith(edge.url, SETTINGS, { head }))
      await widget.open()
      await page.evaluate(() => Object.assign(window, { keys: [] }))
      await widget.input.pressSequentially('s/n ok')
      await page.keyboard.press('ArrowUp')
      expect(await widget.input.inputValue()).toBe('s/n ok')
      await page.keyboard.press('Escape')
      await eventually(() => widget.panel.isVisible()).toBe(false)
      const keys = () => page.evaluate(() => (window as unknown as { keys: string[] }).keys)
      expect((await keys()).filter((key) => key !== 'Escape')).toEqual([])
      const focused = await page.evaluate(
        () => document.activeElement?.shadowRoot?.activeElement?.className,
      )
      expect(focused).toBe('launcher')
      await page.evaluate(() => (document.activeElement as HTMLElement).blur())
      await page.keyboard.press('s')
      expect(await keys()).toContain('s')
      await widget.open()
      expect(await widget.input.inputValue()).toBe('s/n ok')
    })

    test('a button that goes away with its click leaves the focus in the panel', async () => {
      const widget = await visit()
      await widget.open()
      await widget.ask('hello')
      await widget.retry.focus()
      await page.keyboard.press('Enter')
      await eventually(() => edge.asked.length).toBe(2)
      await widget.send.waitFor()
      await page.waitForTimeout(100)
      await page.keyboard.press('Escape')
      await eventually(() => widget.panel.isVisible()).toBe(false)
      // The place control is one tab stop; arrows choose.
      await widget.open()
      await widget.edge.focus()
      await page.keyboard.press('ArrowRight')
      await eventually(() => widget.device.getAttribute('aria-checked')).toBe('true')
      await page.keyboard.press('ArrowLeft')
      await eventually(() => widget.edge.getAttribute('aria-checked')).toBe('true')
    })

    // FlowiseChatEmbed#320
    test('whoever scrolls up stays there; the bottom is followed', async () => {
      const widget = await visit()
      await widget.open()
      edge.answer = say('word '.repeat(400), 5)
      await widget.ask('tell me more')
      const distance = () =>
        widget.log.evaluate((log) => log.scrollHeight - log.clientHeight - log.scrollTop)
      await eventually(() => widget.log.evaluate((log) => log.scrollTop)).toBeGreaterThan(50)
      expect(await distance()).toBeLessThan(3)
      await widget.log.hover()
      await page.mouse.wheel(0, -40)
      const newest = page.getByRole('button', { name: 'Go to the newest message' })
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
      const widget = await visit()
      await widget.open()
      edge.answer = say('First part is this.\n\n- a\n- b\n\nSecond part goes on and on and on.', 40)
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
      const widget = await visit()
      await page.evaluate(() => {
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
      edge.answer = say(
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
      const seen = await page.evaluate(() => (window as unknown as { seen: object }).seen)
      expect(seen).toEqual({ ran: 0, bad: [] })
    })

    // livechat#721, codex-autorunner#1961
    test('a screen reader hears each answer once, whole; errors once; old turns never', async () => {
      const widget = await visit()
      const watch = () =>
        page.evaluate(() => {
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
      const heard = () => page.evaluate(() => (window as unknown as { heard: string[] }).heard)
      await watch()
      await widget.open()
      const answer = `${'one two three '.repeat(20)}end`
      edge.answer = say(answer, 5)
      await widget.ask('hello')
      await answered(answer)
      await eventually(heard).toEqual([answer])
      edge.answer = refuse(500, 'internal_error', 'fault')
      await widget.ask('again')
      await widget.retry.waitFor()
      await eventually(heard).toEqual([answer, 'Something went wrong. fault'])
      expect(await widget.log.getAttribute('aria-live')).toBe('off')

      await page.reload()
      await watch()
      await widget.open()
      await eventually(() => widget.log.textContent()).toContain(answer)
      await page.waitForTimeout(100)
      expect(await heard()).toEqual([])
    })

    // hermes-desktop#834, OpenMausBot#994
    test('right-to-left: per block, code left to right, the panel mirrored', async () => {
      const html = pageWith(edge.url, SETTINGS).replace('<html', '<html dir="rtl"')
      const widget = await visit(html, { viewport: { width: 900, height: 700 } })
      await widget.open()
      edge.answer = say(
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
      const close = (await page.getByRole('button', { name: 'Close' }).boundingBox())!
      expect(close.x).toBeLessThan(80)
    })

    // eliza#18233, chatwoot#10606
    test('a phone: full screen, 16 px, above the keyboard', async () => {
      const viewport = { width: 390, height: 844 }
      const widget = await visit(pageWith(edge.url, SETTINGS), {
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
      await page.evaluate(() => {
        Object.defineProperty(visualViewport, 'height', { value: 422, configurable: true })
        visualViewport!.dispatchEvent(new Event('resize'))
      })
      await widget.ask('hello')
      await answered('The shop is open.')
      const bottom = async (part: typeof widget.input) => {
        const { y, height } = (await part.boundingBox())!
        return y + height
      }
      expect(await bottom(widget.input)).toBeLessThanOrEqual(422)
      expect(await bottom(widget.answers.last())).toBeLessThanOrEqual(422)
      expect(await page.evaluate(() => scrollY)).toBe(0)
    })
  })

  describe('pages that change', () => {
    const count = () => page.locator('edgewise-chat').count()

    // chatwoot#9443, #11422, helper#729
    test('the body swapped, emptied, and the element thrown out: one chat, open, with draft and stream', async () => {
      const widget = await visit()
      await widget.open()
      edge.answer = say('word '.repeat(60), 20)
      await widget.ask('hello')
      await widget.input.fill('my draft')
      const tag = `<script src="${edge.url}/widget.js" data-name="${SETTINGS.name}"></script>`
      for (let i = 0; i < 10; i++) {
        await page.evaluate(
          ([way, tag]) => {
            const body = document.createElement('body')
            body.append(document.createRange().createContextualFragment(`<h1>Page</h1>${tag}`))
            if (way === 0) document.documentElement.replaceChild(body, document.body)
            else if (way === 1) document.body.innerHTML = '<p>emptied</p>'
            else document.documentElement.replaceChildren(document.head, body)
          },
          [i % 3, tag] as const,
        )
        await page.waitForTimeout(60)
        expect(await count()).toBe(1)
      }
      await widget.panel.waitFor()
      expect(await widget.input.inputValue()).toBe('my draft')
      await answered('word '.repeat(60).trim())
      await widget.input.press('Enter')
      await eventually(() => edge.asked.length).toBe(2)
    })

    test('an element of the owner’s, replaced by a new one in a new body', async () => {
      const element = `<edgewise-chat name="Shop" edge="${edge.url}"></edgewise-chat>`
      const widget = await visit(pageWith(edge.url, {}, { body: element }))
      expect(await count()).toBe(1)
      await widget.open()
      edge.answer = say('word '.repeat(40), 20)
      await widget.ask('hello')
      await widget.input.fill('my draft')
      for (let i = 0; i < 5; i++) {
        await page.evaluate((element) => {
          const body = document.createElement('body')
          body.innerHTML = `<h1>Next</h1>${element}`
          document.documentElement.replaceChild(body, document.body)
        }, element)
        await widget.panel.waitFor()
      }
      expect(await count()).toBe(1)
      expect(await widget.input.inputValue()).toBe('my draft')
      await answered('word '.repeat(40).trim())
    })

    test('removed on purpose it stays away; put back it goes on', async () => {
      const widget = await visit()
      await widget.open()
      await widget.ask('hello')
      await answered('The shop is open.')
      const kept = await page.evaluateHandle(() => {
        const element = document.querySelector('edgewise-chat')!
        element.remove()
        return element
      })
      await page.waitForTimeout(100)
      expect(await count()).toBe(0)
      await page.evaluate((element) => document.body.append(element), kept)
      await widget.panel.waitFor()
      await eventually(() => widget.log.textContent()).toContain('The shop is open.')
    })

    test('elements that come and go leave nothing behind', async () => {
      const element = `<edgewise-chat name="Shop" edge="${edge.url}"></edgewise-chat>`
      const widget = await visit(pageWith(edge.url, {}, { body: element }))
      await widget.open()
      await widget.ask('hello')
      await answered('The shop is open.')
      const session = await page.context().newCDPSession(page)
      await session.send('Performance.enable')
      const swap = (times: number) =>
        page.evaluate(
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
      const widget = await visit()
      await widget.open()
      await widget.ask('hello')
      await answered('The shop is open.')
      await widget.input.fill('unsent')
      await page.reload()
      await widget.open()
      await answered('The shop is open.')
      expect(await widget.input.inputValue()).toBe('unsent')
    })

    test('theme, accent and language may change in the middle: nothing is lost', async () => {
      const widget = await visit()
      await widget.open()
      edge.answer = say('word '.repeat(40), 20)
      await widget.ask('hello')
      await widget.input.fill('my draft')
      await page.evaluate(() => {
        const tag = document.querySelector<HTMLScriptElement>('script[src*=widget]')!
        Object.assign(tag.dataset, { theme: 'dark', accent: '#00aa55', lang: 'de' })
      })
      await page.getByRole('button', { name: 'Stopp' }).waitFor()
      expect(await widget.input.inputValue()).toBe('my draft')
      const color = await widget.panel.evaluate((panel) => getComputedStyle(panel).backgroundColor)
      expect(color).toBe('rgb(21, 23, 27)')
      await eventually(() => widget.answers.last().textContent()).toBe('word '.repeat(40).trim())
    })
  })

  describe('the script tag', () => {
    const tag = (attributes = '') => `<script src="${edge.url}/widget.js" ${attributes}></script>`

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
      const widget = await visit(`<!doctype html><html>${html()}`)
      await eventually(() => widget.launcher.count()).toBe(expected)
      await page.waitForTimeout(100)
      expect(await widget.launcher.count()).toBe(expected)
    })

    test('injected after load, as tag managers do', async () => {
      const widget = await visit('<!doctype html><body><h1>Shop</h1>')
      await page.evaluate((src) => {
        for (let i = 0; i < 2; i++) {
          const script = document.createElement('script')
          script.src = src
          script.dataset.name = 'Injected'
          document.head.append(script)
        }
      }, `${edge.url}/widget.js`)
      await widget.open()
      expect(await page.locator('edgewise-chat').count()).toBe(1)
      await page.getByRole('dialog', { name: 'Injected' }).waitFor()
    })

    test('two elements: settings and chats of their own', async () => {
      const widget = await visit(
        `<!doctype html><body><edgewise-chat name="Anna"></edgewise-chat><edgewise-chat name="Ben"></edgewise-chat>${tag()}`,
      )
      const boxes = []
      for (const name of ['Anna', 'Ben']) {
        await page.getByRole('button', { name: `Chat with ${name}` }).click()
        const panel = page.getByRole('dialog', { name })
        edge.answer = say(`I am ${name}.`)
        await panel.getByRole('textbox').fill('who?')
        await panel.getByRole('textbox').press('Enter')
        await panel.getByRole('log').getByText(`I am ${name}.`).waitFor()
        await eventually(async () => (await panel.boundingBox())!.width).toBe(384)
        boxes.push((await panel.boundingBox())!)
      }
      expect(await page.getByRole('dialog', { name: 'Anna' }).textContent()).not.toContain('Ben.')
      expect(Math.abs(boxes[0]!.x - boxes[1]!.x)).toBeGreaterThanOrEqual(384)
      expect(await widget.launcher.count()).toBe(0)
    })

    test('under a strict content security policy', async () => {
      const policy = `default-src 'none'; script-src ${edge.url}; connect-src ${edge.url}; worker-src blob:`
      const meta = `<meta http-equiv="Content-Security-Policy" content="${policy}">`
      const widget = await visit(
        `<!doctype html><html><head>${meta}</head><body>${tag('data-name="Strict"')}`,
      )
      const violations: string[] = []
      page.on('console', (message) => {
        if (/Content Security Policy/.test(message.text())) violations.push(message.text())
      })
      await widget.open()
      await widget.ask('hello')
      await answered('The shop is open.')
      // It grows into its place while it opens.
      await eventually(async () => (await widget.panel.boundingBox())!.width).toBe(384)
      expect(violations.filter((text) => !/favicon/.test(text))).toEqual([])
    })

    test('a panel that does not load is said so, and tried again', async () => {
      const widget = await visit('<!doctype html><body>')
      await page.route('**/panel.js*', (route) => route.abort())
      await page.evaluate((src) => {
        const script = document.createElement('script')
        script.src = src
        document.head.append(script)
      }, `${edge.url}/widget.js`)
      await widget.launcher.click()
      await page.getByText('could not load').waitFor()
      await page.unroute('**/panel.js*')
      await widget.open()
      expect(await page.getByText('could not load').count()).toBe(0)
    })

    test('storage forbidden by the page', async () => {
      const head = `<script>Object.defineProperty(window, 'localStorage', { get() { throw new Error('denied') } })</script>`
      const widget = await visit(pageWith(edge.url, SETTINGS, { head }))
      await widget.open()
      await widget.ask('hello')
      await answered('The shop is open.')
    })
  })

  // The stream's own head, so that a reader of this file sees what an edge sends.
  test('text comes as it is made', async () => {
    const widget = await visit()
    await widget.open()
    let finish = () => {}
    edge.answer = (response) => {
      response.writeHead(200, SSE)
      response.write(chunk('First'))
      finish = () => response.end(chunk(' and last.') + DONE)
    }
    await widget.ask('hello')
    await eventually(() => widget.answers.last().textContent()).toBe('First')
    await widget.stop.waitFor()
    finish()
    await answered('First and last.')
  })
})
