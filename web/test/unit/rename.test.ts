// Another title for a document of the list.
import { h, render } from 'preact'
import { act } from 'preact/test-utils'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Entry } from '../../src/ui/home/found'
import { RenameDialog } from '../../src/ui/home/renamedialog'

const renameDocument = vi.hoisted(() => vi.fn())
vi.mock('../../src/api/documents', async (original) => ({
  ...(await original<typeof import('../../src/api/documents')>()),
  renameDocument,
}))

beforeEach(() => renameDocument.mockReset().mockResolvedValue({ title: 'whatever' }))
afterEach(() => render(null, document.body))

async function dialogFor(title: string) {
  const props = { entry: { name: 'd', title } as Entry, onClose: () => {}, onRenamed: () => {} }
  await act(() => render(h(RenameDialog, props), document.body))
  const field = document.querySelector<HTMLInputElement>('input')
  if (field === null) throw new Error('There is no field.')
  const hint = document.getElementById(field.getAttribute('aria-describedby') ?? '')
  return { field, hint: hint?.textContent ?? '' }
}

// The list has the first two hundred letters of a title. Whoever changed one of those lost the others, unsaid.
it('says that a title may have an end that is not shown and goes', async () => {
  expect((await dialogFor('a'.repeat(199))).hint).not.toContain('only the beginning')
  render(null, document.body)
  expect((await dialogFor('😀'.repeat(200))).hint).toContain('only the beginning')
})

// Half of a letter is none in JSON: the server refused all of it.
it('sends whole letters', async () => {
  const { field } = await dialogFor('Plan')
  await act(() => {
    field.value = 'Plan \ud83d'
    field.dispatchEvent(new Event('input', { bubbles: true }))
    field.form?.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }))
  })
  expect(renameDocument).toHaveBeenCalledWith('d', 'Plan \ufffd')
})
