// The home page: the documents of this server, found, made, opened and deleted.
//
// The list is the server's; nothing here is remembered between visits. A list that cannot be read is
// shown as an error, never as "no documents". Deleting asks first and can be taken back.
import { useSignal } from '@preact/signals'
import { Plus, Search, ServerOff } from 'lucide-preact'
import { useEffect, useRef } from 'preact/hooks'
import {
  createDocument,
  type DocumentInfo,
  deleteDocument,
  labelOf,
  listDocuments,
  Refusal,
  restoreDocument,
  type Sort,
} from '../../api/documents'
import { enterNew } from '../../arrival'
import { message } from '../../i18n/message'
import { explain } from '../../i18n/refusal'
import { Mark } from '../parts/mark'
import { ThemeButton } from '../parts/themebutton'
import { Toasts, tell } from '../parts/toast'
import { CreateDialog } from './createdialog'
import { DeleteDialog } from './deletedialog'
import { Importing } from './importing'
import { Row, RowSkeletons } from './row'

const PAGE = 50
const TYPING_PAUSE = 150
const REFRESH = 20_000

const isAbort = (error: unknown): boolean => error instanceof DOMException && error.name === 'AbortError'

export function Home() {
  const documents = useSignal<DocumentInfo[] | null>(null)
  const next = useSignal<string | null>(null)
  const failure = useSignal<string | null>(null)
  const query = useSignal('')
  const sort = useSignal<Sort>('updated')
  const creating = useSignal<string | null>(null)
  const deleting = useSignal<DocumentInfo | null>(null)
  const busy = useSignal(false)
  const running = useRef<AbortController | null>(null)
  const search = useRef<HTMLInputElement>(null)

  const load = async (more = false) => {
    // Only the newest question may be answered on the page.
    running.current?.abort()
    const controller = new AbortController()
    running.current = controller
    const cursor = more ? next.peek() : null
    try {
      const page = await listDocuments(
        { q: query.peek().trim(), sort: sort.peek(), limit: PAGE, ...(cursor ? { cursor } : {}) },
        controller.signal,
      )
      documents.value = cursor ? [...(documents.peek() ?? []), ...page.documents] : page.documents
      next.value = page.next
      failure.value = null
    } catch (error) {
      if (!isAbort(error)) failure.value = explain(error)
    }
  }

  useEffect(() => {
    document.title = 'cowrite'
    void load()
    const refresh = () => {
      const paged = (documents.peek()?.length ?? 0) > PAGE
      if (document.visibilityState === 'visible' && !paged) void load()
    }
    const timer = setInterval(refresh, REFRESH)
    const slash = (event: KeyboardEvent) => {
      if (event.key !== '/' || event.target instanceof HTMLInputElement) return
      event.preventDefault()
      search.current?.focus()
    }
    document.addEventListener('visibilitychange', refresh)
    document.addEventListener('keydown', slash)
    return () => {
      clearInterval(timer)
      document.removeEventListener('visibilitychange', refresh)
      document.removeEventListener('keydown', slash)
    }
  }, [])

  const typing = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  const searchFor = (text: string) => {
    query.value = text
    clearTimeout(typing.current)
    typing.current = setTimeout(() => void load(), TYPING_PAUSE)
  }

  const create = async (name?: string) => {
    if (busy.peek()) return
    busy.value = true
    try {
      enterNew((await createDocument(name)).name)
    } catch (error) {
      busy.value = false
      tell(explain(error))
    }
  }

  const remove = async (gone: DocumentInfo) => {
    deleting.value = null
    try {
      await deleteDocument(gone.name)
    } catch (error) {
      // Somebody was faster: it is gone, as was wished.
      if (!(error instanceof Refusal && error.code === 'document_deleted')) {
        tell(explain(error))
        return
      }
    }
    documents.value = documents.peek()?.filter((other) => other.name !== gone.name) ?? null
    tell(message('home.deleted', { title: labelOf(gone) }), {
      label: message('home.undo'),
      run: () => {
        void restoreDocument(gone.name)
          .catch((error: unknown) => tell(explain(error)))
          .finally(() => void load())
      },
    })
  }

  const list = documents.value
  return (
    <div class="home">
      <header class="home-top">
        <a class="brand" href="/">
          <Mark /> <span>cowrite</span>
        </a>
        <span class="grow" />
        <ThemeButton />
      </header>
      <main class="home-main">
        <div class="home-head">
          <h1>{message('home.title')}</h1>
          <div class="home-actions">
            <Importing onImported={() => void load()} />
            <button type="button" class="button" onClick={() => (creating.value = '')}>
              {message('home.createNamed')}
            </button>
            <button type="button" class="button primary" disabled={busy.value} onClick={() => void create()}>
              <Plus size={17} aria-hidden="true" /> {message('home.create')}
            </button>
          </div>
        </div>
        <div class="home-filter" hidden={list?.length === 0 && query.value === '' && failure.value === null}>
          <label class="search">
            <Search size={17} aria-hidden="true" />
            <input
              ref={search}
              type="search"
              placeholder={message('home.search')}
              aria-label={message('home.search')}
              value={query.value}
              onInput={(event) => searchFor(event.currentTarget.value)}
            />
          </label>
          <label class="sort">
            <span>{message('home.sort')}</span>
            <select
              value={sort.value}
              onChange={(event) => {
                sort.value = event.currentTarget.value as Sort
                void load()
              }}
            >
              <option value="updated">{message('home.sort.updated')}</option>
              <option value="created">{message('home.sort.created')}</option>
              <option value="name">{message('home.sort.name')}</option>
            </select>
          </label>
        </div>
        {failure.value !== null && (
          <div class="notice" role="alert">
            <ServerOff size={20} aria-hidden="true" />
            <div>
              <b>{message('home.failed')}</b>
              <p>{failure.value}</p>
            </div>
            <button type="button" class="button" onClick={() => void load()}>
              {message('home.retry')}
            </button>
          </div>
        )}
        {list === null && failure.value === null && <RowSkeletons />}
        {list !== null && list.length > 0 && (
          <ul class="rows" aria-label={message('home.title')}>
            {list.map((info) => (
              <Row key={info.name} info={info} onDelete={() => (deleting.value = info)} />
            ))}
          </ul>
        )}
        {list !== null && list.length === 0 && failure.value === null && (
          <Nothing query={query.value.trim()} onCreate={create} onName={(name) => (creating.value = name)} />
        )}
        {next.value !== null && (
          <button type="button" class="button show-more" onClick={() => void load(true)}>
            {message('home.more')}
          </button>
        )}
      </main>
      {creating.value !== null && (
        <CreateDialog suggestion={creating.value} onClose={() => (creating.value = null)} />
      )}
      {deleting.value !== null && (
        <DeleteDialog
          info={deleting.value}
          onClose={() => (deleting.value = null)}
          onDelete={(info) => void remove(info)}
        />
      )}
      <Toasts />
    </div>
  )
}

interface NothingProps {
  query: string
  onCreate: () => Promise<void>
  onName: (name: string) => void
}

function Nothing({ query, onCreate, onName }: NothingProps) {
  if (query !== '')
    return (
      <div class="empty">
        <h2>{message('home.notFound', { query })}</h2>
        <p>{message('home.notFound.hint')}</p>
        <button type="button" class="button" onClick={() => onName(query)}>
          {message('home.createThis', { query })}
        </button>
      </div>
    )
  return (
    <div class="empty">
      <Mark size={56} />
      <h2>{message('home.empty')}</h2>
      <p>{message('home.empty.hint')}</p>
      <button type="button" class="button primary" onClick={() => void onCreate()}>
        <Plus size={17} aria-hidden="true" /> {message('home.empty.create')}
      </button>
    </div>
  )
}
