// The home page: the documents of this server, found, made, opened, deleted and restored.
//
// The list is the server's and stays true while one looks; which documents were opened and pinned is kept
// on this device. The address says which part is shown and what is looked for, so the way back works. A
// list that cannot be read is shown as an error, never as "no documents". Deleting asks first and can be
// taken back, at once or from the trash.
import { useSignal } from '@preact/signals'
import { Info, Search, ServerOff } from 'lucide-preact'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { documentPath } from '../../address'
import { createDocument, deleteDocument, Refusal, restoreDocument, type Sort } from '../../api/documents'
import { enterNew } from '../../arrival'
import { message } from '../../i18n/message'
import { explain } from '../../i18n/refusal'
import { pinned } from '../../shelf'
import { lazy } from '../parts/lazy'
import { Mark } from '../parts/mark'
import { ThemeButton } from '../parts/themebutton'
import { Toasts, tell } from '../parts/toast'
import { Catalogue } from './catalogue'
import { CreateDialog } from './createdialog'
import { DeleteDialog } from './deletedialog'
import type { Entry } from './found'
import { HomeKeys } from './homekeys'
import { Importing, type Job, Jobs } from './importing'
import { NewButton } from './newbutton'
import { Nothing } from './nothing'
import { RenameDialog } from './renamedialog'
import { Row, RowSkeletons, Trashed, titleOfEntry } from './row'
import { addressOf, type Place, placeOf, type Tab } from './tab'
import { Tabs } from './tabs'
import { stepsThrough } from './walk'

const TYPING_PAUSE = 150
const REFRESH = 5_000

/** Of so many rows and more a list is renewed less often. */
const MANY = 200
const REFRESH_OF_MANY = 20_000

const TemplateDialog = lazy(async () => (await import('./templatedialog')).default)

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.matches('input, textarea, select, [contenteditable]')

export function Home() {
  const catalogue = useRef<Catalogue>(null)
  catalogue.current ??= new Catalogue()
  const { entries, next, failure, note, shown } = catalogue.current
  const place = useSignal<Place>(placeOf(location.search))
  const typed = useSignal(place.peek().query)
  const sort = useSignal<Sort>('updated')
  const naming = useSignal<string | null>(null)
  const choosing = useSignal(false)
  const deleting = useSignal<Entry | null>(null)
  const renaming = useSignal<Entry | null>(null)
  const restoring = useSignal<string | null>(null)
  const jobs = useSignal<Job[]>([])
  const typing = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  const busy = useSignal(false)
  const search = useRef<HTMLInputElement>(null)
  const rows = useRef<HTMLUListElement>(null)

  const load = () => catalogue.current?.look({ ...place.peek(), sort: sort.peek() }) ?? Promise.resolve()
  const renew = () => catalogue.current?.renew() ?? Promise.resolve()

  const go = (to: Place, replace = false) => {
    clearTimeout(typing.current)
    place.value = to
    if (replace) history.replaceState(null, '', addressOf(to))
    else history.pushState(null, '', addressOf(to))
    return load()
  }

  useEffect(() => {
    document.title = 'cowrite'
    void load()
    let renewed = Date.now()
    const isBusy = () =>
      document.visibilityState !== 'visible' ||
      document.querySelector('.rows [popover]:popover-open') !== null
    const tick = () => {
      const pause = (entries.peek()?.length ?? 0) > MANY ? REFRESH_OF_MANY : REFRESH
      if (isBusy() || Date.now() - renewed < pause) return
      renewed = Date.now()
      void renew()
    }
    const timer = setInterval(tick, REFRESH / 5)
    const back = () => {
      if (isBusy()) return
      renewed = Date.now()
      void renew()
    }
    const moved = () => {
      clearTimeout(typing.current)
      place.value = placeOf(location.search)
      typed.value = place.peek().query
      void load()
    }
    const slash = (event: KeyboardEvent) => {
      const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey
      if (event.key !== '/' || !isPlain || isTyping(event.target)) return
      if (document.querySelector('dialog[open]') !== null) return
      event.preventDefault()
      search.current?.focus()
    }
    document.addEventListener('visibilitychange', back)
    document.addEventListener('keydown', slash)
    addEventListener('focus', back)
    addEventListener('popstate', moved)
    return () => {
      clearInterval(timer)
      document.removeEventListener('visibilitychange', back)
      document.removeEventListener('keydown', slash)
      removeEventListener('focus', back)
      removeEventListener('popstate', moved)
    }
  }, [])

  // A row that goes to another place in the list keeps the focus, which moving an element takes away.
  const active = document.activeElement
  const held = active instanceof HTMLElement && rows.current?.contains(active) ? active : null
  useLayoutEffect(() => {
    if (held?.isConnected && document.activeElement !== held) held.focus({ preventScroll: true })
  })

  // What was pinned or let go is shown where the pinned ones are.
  const pins = pinned.value
  useEffect(() => {
    if (place.peek().tab === 'pinned') void load()
  }, [pins])

  const searchFor = (text: string) => {
    typed.value = text
    clearTimeout(typing.current)
    typing.current = setTimeout(() => {
      const query = text.trim()
      const { tab } = place.peek()
      // What is looked for may be anywhere; the trash is apart.
      const where: Tab = tab === 'trash' || query === '' ? tab : 'all'
      void go({ tab: where, query }, true)
    }, TYPING_PAUSE)
  }

  const create = async () => {
    if (busy.peek()) return
    busy.value = true
    try {
      enterNew((await createDocument()).name)
    } catch (error) {
      busy.value = false
      tell(explain(error))
    }
  }

  /** Takes a row away, and leaves the focus with its neighbour. */
  const drop = (entry: Entry) => {
    const at = entries.peek()?.findIndex(({ name }) => name === entry.name) ?? -1
    catalogue.current?.without(entry.name)
    requestAnimationFrame(() => {
      const left = rows.current?.querySelectorAll<HTMLElement>('[data-row]') ?? []
      const neighbour = left[Math.min(at, left.length - 1)] ?? search.current
      neighbour?.focus({ preventScroll: true })
    })
  }

  const restore = async (entry: Entry) => {
    restoring.value = entry.name
    try {
      await restoreDocument(entry.name)
    } catch (error) {
      return tell(explain(error))
    } finally {
      restoring.value = null
    }
    if (place.peek().tab === 'trash') drop(entry)
    tell(message('home.restored', { title: titleOfEntry(entry) }), {
      label: message('home.open'),
      run: () => location.assign(documentPath(entry.name)),
    })
    void renew()
  }

  const renamed = (entry: Entry, title: string | null) => {
    renaming.value = null
    catalogue.current?.retitle(entry.name, title)
    tell(message('row.renamed', { title: titleOfEntry({ ...entry, title }) }))
    void renew()
  }

  const remove = async (entry: Entry) => {
    deleting.value = null
    try {
      await deleteDocument(entry.name)
    } catch (error) {
      // Somebody was faster: it is gone, as was wished.
      if (!(error instanceof Refusal && error.code === 'document_deleted')) return tell(explain(error))
    }
    drop(entry)
    tell(message('home.deleted', { title: titleOfEntry(entry) }), {
      label: message('home.undo'),
      run: () => {
        void restoreDocument(entry.name)
          .catch((error: unknown) => tell(explain(error)))
          .finally(() => void load())
      },
    })
  }

  const list = entries.value
  const { tab } = place.value
  const isTrash = tab === 'trash'
  const query = shown.value?.query ?? ''
  const isEmpty = list?.length === 0 && failure.value === null
  const hasSearch = !(isEmpty && query === '' && typed.value === '')
  return (
    <div class="home">
      <header class="home-top">
        <a class="brand" href="/">
          <Mark /> <span>cowrite</span>
        </a>
        <span class="grow" />
        <ThemeButton />
      </header>
      <main class="home-main" onKeyDown={(event) => stepsThrough(event, rows.current, search.current)}>
        <div class="home-head">
          <h1>{message('home.title')}</h1>
          <div class="home-actions">
            <Importing onImported={() => void load()} onJobs={(news) => (jobs.value = news)} />
            <NewButton
              busy={busy.value}
              onBlank={() => void create()}
              onName={() => (naming.value = '')}
              onTemplate={() => (choosing.value = true)}
            />
          </div>
        </div>
        <Jobs jobs={jobs.value} onClose={() => (jobs.value = [])} />
        <Tabs
          tab={tab}
          onChoose={(to) => {
            typed.value = ''
            void go({ tab: to, query: '' })
          }}
        />
        <div class="home-filter" hidden={!hasSearch}>
          <label class="search">
            <Search size={17} aria-hidden="true" />
            <input
              ref={search}
              type="search"
              placeholder={message(isTrash ? 'home.searchTrash' : 'home.search')}
              aria-label={message(isTrash ? 'home.searchTrash' : 'home.search')}
              aria-keyshortcuts="/"
              value={typed.value}
              onInput={(event) => searchFor(event.currentTarget.value)}
            />
          </label>
          {tab === 'all' && query === '' && (
            <label class="sort">
              <span>{message('home.sort')}</span>
              <select
                aria-label={message('home.sort')}
                value={sort.value}
                onChange={(event) => {
                  sort.value = event.currentTarget.value as Sort
                  void load()
                }}
              >
                <option value="updated">{message('home.sort.updated')}</option>
                <option value="created">{message('home.sort.created')}</option>
                <option value="title">{message('home.sort.title')}</option>
              </select>
            </label>
          )}
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
        {(tab === 'recent' || tab === 'pinned') && (list?.length ?? 0) > 0 && (
          <p class="aside">
            <Info size={15} aria-hidden="true" /> {message('home.onThisDevice')}
          </p>
        )}
        {list !== null && list.length > 0 && (
          <ul ref={rows} class="rows" aria-label={message('home.title')}>
            {list.map((entry) =>
              isTrash ? (
                <Trashed
                  key={entry.name}
                  entry={entry}
                  query={query}
                  busy={restoring.value === entry.name}
                  onRestore={() => void restore(entry)}
                />
              ) : (
                <Row
                  key={entry.name}
                  entry={entry}
                  query={query}
                  onRename={() => (renaming.value = entry)}
                  onDelete={() => (deleting.value = entry)}
                />
              ),
            )}
          </ul>
        )}
        {isEmpty && (
          <Nothing
            place={{ tab, query }}
            onBlank={() => void create()}
            onName={(name) => (naming.value = name)}
            onTemplate={() => (choosing.value = true)}
          />
        )}
        {note.value !== null && <p class="aside">{note.value}</p>}
        {next.value !== null && (
          <button type="button" class="button show-more" onClick={() => void catalogue.current?.more()}>
            {message('home.more')}
          </button>
        )}
      </main>
      {naming.value !== null && (
        <CreateDialog suggestion={naming.value} onClose={() => (naming.value = null)} />
      )}
      <HomeKeys
        onBlank={() => void create()}
        onName={() => (naming.value = '')}
        onTemplate={() => (choosing.value = true)}
      />
      {choosing.value && <TemplateDialog onClose={() => (choosing.value = false)} />}
      {renaming.value !== null && (
        <RenameDialog entry={renaming.value} onClose={() => (renaming.value = null)} onRenamed={renamed} />
      )}
      {deleting.value !== null && (
        <DeleteDialog
          title={titleOfEntry(deleting.value)}
          people={deleting.value.people}
          onClose={() => (deleting.value = null)}
          onDelete={() => {
            if (deleting.value !== null) void remove(deleting.value)
          }}
        />
      )}
      <Toasts />
    </div>
  )
}
