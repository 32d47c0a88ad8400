// How files come into a text, pasted, dropped or picked, and what is seen of them on their way (uploads.ts).
import { Extension } from '@tiptap/core'
import { Plugin } from '@tiptap/pm/state'
import { Decoration, DecorationSet, type EditorView } from '@tiptap/pm/view'
import { render } from 'preact'
import { rememberPlace } from './place'
import { PICTURES } from './source'
import { isRefused } from './suggesting'
import { UploadBox } from './uploadbox'
import { applied, key, type Upload, Uploads, type Waiting } from './uploads'

declare module '@tiptap/core' {
  interface Commands<ReturnType> {
    uploads: {
      /** Asks for pictures of this device, and puts them at the caret. */
      pickPicture: () => ReturnType
      /** Asks for a picture that takes the place of the one at this position. */
      replacePicture: (position: number) => ReturnType
    }
  }
}

/** Asks for files of this device. */
function pick(several: boolean, chosen: (files: File[]) => void): void {
  const input = document.createElement('input')
  input.type = 'file'
  input.accept = PICTURES.join(',')
  input.multiple = several
  input.addEventListener('change', () => chosen([...(input.files ?? [])]))
  input.click()
}

const filesOf = (transfer: DataTransfer | null): File[] => [...(transfer?.files ?? [])]

/** Where in the text something is dropped; beside it, the place that is nearest. */
function placeUnder(view: EditorView, { clientX, clientY }: DragEvent): number {
  const { left, right, top, bottom } = view.dom.getBoundingClientRect()
  const nearest = {
    left: Math.max(left + 1, Math.min(clientX, right - 1)),
    top: Math.max(top + 1, Math.min(clientY, bottom - 1)),
  }
  return view.posAtCoords(nearest)?.pos ?? view.state.doc.content.size
}

export const UploadFiles = Extension.create<
  { document: string; isKnown: () => boolean },
  { uploads: Uploads | null }
>({
  name: 'uploadFiles',
  // Before whatever else takes pastes and drops.
  priority: 200,

  addOptions() {
    return { document: '', isKnown: () => true }
  },

  addStorage() {
    return { uploads: null }
  },

  onBeforeCreate() {
    this.storage.uploads = new Uploads(this.editor, this.options.document, this.options.isKnown)
  },

  onDestroy() {
    this.storage.uploads?.end()
  },

  addCommands() {
    return {
      pickPicture:
        () =>
        ({ editor, dispatch }) => {
          if (dispatch && !isRefused(editor)) pick(true, (files) => this.storage.uploads?.addAtCaret(files))
          return true
        },
      replacePicture:
        (position) =>
        ({ editor, dispatch }) => {
          if (!dispatch || isRefused(editor)) return true
          const place = rememberPlace(editor, position)
          pick(false, ([file]) => {
            const at = editor.isDestroyed ? null : place()
            if (file && at !== null) this.storage.uploads?.replace(file, at)
          })
          return true
        },
    }
  },

  addProseMirrorPlugins() {
    const { storage, editor } = this
    const elements = new WeakMap<Upload, HTMLElement>()
    const elementOf = (upload: Upload): HTMLElement => {
      const known = elements.get(upload)
      if (known !== undefined) return known
      const element = document.createElement('div')
      element.className = 'upload'
      element.contentEditable = 'false'
      element.dataset.upload = String(upload.id)
      render(<UploadBox upload={upload} />, element)
      elements.set(upload, element)
      return element
    }
    /** Whether what is dropped are files: then no browser opens them, whether they may come in or not. */
    const takesFiles = (view: EditorView, event: DragEvent): boolean => {
      const files = filesOf(event.dataTransfer)
      if (files.length === 0) return false
      event.preventDefault()
      if (editor.isEditable) storage.uploads?.add(files, placeUnder(view, event))
      return true
    }
    const leaving = (event: BeforeUnloadEvent) => {
      if (storage.uploads?.busy) event.preventDefault()
    }
    return [
      new Plugin<Waiting[]>({
        key,
        state: {
          init: () => [],
          apply: (transaction, waiting) => applied(waiting, transaction),
        },
        props: {
          decorations(state) {
            const waiting = key.getState(state) ?? []
            return DecorationSet.create(
              state.doc,
              waiting.map(({ upload, position }) =>
                Decoration.widget(Math.min(position, state.doc.content.size), () => elementOf(upload), {
                  key: `upload-${upload.id}`,
                  side: -1,
                  ignoreSelection: true,
                  stopEvent: () => true,
                }),
              ),
            )
          },
          handlePaste(view, event, slice) {
            const { uploads } = storage
            if (uploads === null || !editor.isEditable) return false
            const files = filesOf(event.clipboardData)
            // An office program puts a picture of the text beside the text: the text is meant.
            const words =
              event.clipboardData?.types.includes('text/html') &&
              slice.content.textBetween(0, slice.content.size).trim() !== ''
            if (files.length > 0 && !words) {
              uploads.addAtCaret(files)
              return true
            }
            return uploads.paste(view, slice)
          },
          handleDrop(view, event, slice, moved) {
            const { uploads } = storage
            if (uploads === null || moved || !editor.isEditable) return false
            if (takesFiles(view, event)) return true
            return slice.size > 0 && uploads.paste(view, slice, placeUnder(view, event))
          },
        },
        view: (view) => {
          // Beside the text, too, a file is for it: a browser would open it in place of the document.
          const over = (event: DragEvent) => {
            if (event.dataTransfer?.types.includes('Files')) event.preventDefault()
          }
          const dropped = (event: DragEvent) => {
            if (!event.defaultPrevented) takesFiles(view, event)
          }
          addEventListener('beforeunload', leaving)
          document.addEventListener('dragover', over)
          document.addEventListener('drop', dropped)
          return {
            destroy() {
              removeEventListener('beforeunload', leaving)
              document.removeEventListener('dragover', over)
              document.removeEventListener('drop', dropped)
            },
          }
        },
      }),
    ]
  },
})
