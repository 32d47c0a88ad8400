// A text whose pictures were taken out of it, to become files of the document that it becomes. Word
// documents have them inside; pages may have them in their addresses.
import { blobOf } from './dataurl'

export interface Taken {
  html: string
  /** Those named in the HTML, by their numbers. */
  pictures: Blob[]
}

/** What a picture that was taken out has for an address meanwhile. */
export const addressOf = (number: number): string => `cowrite-picture:${number}`

/** What stands in the HTML where a picture is. */
export const placeOf = (number: number): string => `src="${addressOf(number)}"`

/** Takes out what pictures of a page are in their own addresses. One that cannot be read stays as it is. */
export function readPage(html: string): Taken {
  const pictures: Blob[] = []
  if (!/data:image\//i.test(html)) return { html, pictures }
  const page = new DOMParser().parseFromString(html, 'text/html')
  for (const image of page.querySelectorAll<HTMLImageElement>('img[src^="data:image/" i]')) {
    try {
      pictures.push(blobOf(image.getAttribute('src') ?? ''))
      image.setAttribute('src', addressOf(pictures.length - 1))
    } catch {
      // The server says of it what it says of any address that it does not take.
    }
  }
  return { html: page.documentElement.outerHTML, pictures }
}
