// Which build of the editor this page runs, and whether the server has another: the name of the entry
// script holds a hash of what is in it.

const scriptOf = (page: Document): string | null =>
  page.querySelector('script[type="module"][src]')?.getAttribute('src') ?? null

/** Whether a reload would bring the same editor again; false where that cannot be told. */
export async function isNewest(): Promise<boolean> {
  try {
    const answer = await fetch('/', { cache: 'no-cache', headers: { accept: 'text/html' } })
    if (!answer.ok) return false
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
    const script = scriptOf(page)
    return script !== null && script === scriptOf(document)
  } catch {
    return false
  }
}
