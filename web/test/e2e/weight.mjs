// What a page costs before it can be used: the bytes of what it asks for until then.
import { gzipSync } from 'node:zlib'

/**
 * Bytes, compressed by gzip, of the JavaScript and the CSS that are asked for before `ready` (a
 * selector) is drawn, however slow the machine is to notice: what comes later, lazily, does not count.
 */
export async function weightOf(page, address, ready) {
  await page.addInitScript((wanted) => {
    new MutationObserver(() => {
      if (document.querySelector(wanted)) window.readyAt ??= performance.now()
    }).observe(document, { childList: true, subtree: true, attributes: true })
  }, ready)
  await page.goto(address)
  await page.waitForFunction(() => window.readyAt !== undefined)
  const files = await page.evaluate(() =>
    performance
      .getEntriesByType('resource')
      .filter(
        ({ name, startTime }) => startTime <= window.readyAt && /\.(js|css)$/.test(new URL(name).pathname),
      )
      .map(({ name }) => name),
  )
  const sums = { js: 0, css: 0 }
  for (const file of new Set(files)) {
    const body = Buffer.from(await (await fetch(file)).arrayBuffer())
    sums[file.endsWith('.css') ? 'css' : 'js'] += gzipSync(body, { level: 9 }).length
  }
  return sums
}
