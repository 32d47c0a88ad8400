// The versions, by day, the newest first, below the text as it is now. Each can be looked at, named,
// compared, restored, copied and taken away as a file.
import { useSignal } from '@preact/signals'
import { CloudOff, Copy, Download, Ellipsis, GitCompareArrows, Pencil, RotateCcw } from 'lucide-preact'
import { useEffect, useRef } from 'preact/hooks'
import type { Version, VersionId } from '../../api/history'
import { byDay, growth } from '../../history/timeline'
import { counted, message } from '../../i18n/message'
import { explain } from '../../i18n/refusal'
import { size } from '../../i18n/when'
import { initials } from '../../people/name'
import { composes } from '../parts/keys'
import { Menu, MenuItem } from '../parts/menu'
import { tell } from '../parts/toast'
import { copy, download } from './deeds'
import { called, clockOf, dayOf, isCrowded } from './moment'
import type { Past, Point } from './past'

const FACES = 3
/** As the server counts, in bytes of UTF-8; letters are fewer. */
const LONGEST = 80

function Faces({ past, version }: { past: Past; version: Version }) {
  const names = version.authors ?? []
  return (
    <span class="faces" aria-hidden="true">
      {names.slice(0, FACES).map((name) => (
        <span
          key={name}
          class="avatar"
          style={{ background: past.colourOf(name) }}
          data-letters={initials(name)}
        />
      ))}
    </span>
  )
}

function writersOf({ authors, unnamed }: Version): string {
  const names = [...(authors ?? [])]
  if (unnamed) names.push(counted('history.unnamed', unnamed))
  return names.join(', ')
}

/** The name of a version, while it is written. */
function NameField({
  value,
  onName,
  onCancel,
}: {
  value: string
  onName: (name: string) => Promise<void>
  onCancel: () => void
}) {
  const field = useRef<HTMLInputElement>(null)
  const busy = useSignal(false)
  useEffect(() => {
    field.current?.focus()
    field.current?.select()
  }, [])
  const submit = async () => {
    if (busy.peek()) return
    busy.value = true
    await onName(field.current?.value.trim() ?? '')
    busy.value = false
  }
  return (
    <form
      class="version-name"
      onSubmit={(event) => {
        event.preventDefault()
        void submit()
      }}
    >
      <input
        ref={field}
        type="text"
        aria-label={message('history.name')}
        placeholder={message('history.name')}
        maxLength={LONGEST}
        defaultValue={value}
        onKeyDown={(event) => {
          if (event.key !== 'Escape' || composes(event)) return
          event.preventDefault()
          onCancel()
        }}
      />
      <button type="submit" class="button primary" disabled={busy.value}>
        {message('history.name.submit')}
      </button>
    </form>
  )
}

interface RowProps {
  past: Past
  version: Version
  naming: boolean
  onNaming: (naming: boolean) => void
}

function Row({ past, version, naming, onNaming }: RowProps) {
  const point: Point = { kind: 'version', version }
  const current = past.point.value
  const chosen = current?.kind === 'version' && current.version.id === version.id
  const more = growth(past.versions.value, version)
  const time = clockOf(Date.parse(version.at), isCrowded(past, version.at))
  const writers = writersOf(version)
  if (naming)
    return (
      <li class="version">
        <NameField
          value={version.name ?? ''}
          onCancel={() => onNaming(false)}
          onName={async (name) => {
            try {
              if (name !== (version.name ?? '')) await past.rename(version.id, name === '' ? null : name)
              onNaming(false)
            } catch (error) {
              tell(message('history.notNamed', { reason: explain(error) }))
            }
          }}
        />
      </li>
    )
  return (
    <li class={`version${version.name === null ? '' : ' named'}${chosen ? ' chosen' : ''}`}>
      <button
        type="button"
        class="version-face"
        aria-current={chosen ? 'true' : undefined}
        onClick={() => {
          past.look(point)
          past.uncover()
        }}
      >
        <span class="version-title">
          {version.branch && (
            <CloudOff class="version-branch" size={15} role="img" aria-label={message('history.branch')} />
          )}
          <b dir="auto">{version.name ?? time}</b>
          {version.name !== null && <span class="version-time">{time}</span>}
        </span>
        <span class="version-writers">
          <Faces past={past} version={version} />
          <span class="version-names">{writers}</span>
          {more !== null && (
            <span class="version-size" title={message('history.growth')}>
              +{size(more)}
            </span>
          )}
        </span>
      </button>
      <Menu
        label={message('history.menu', { version: called(past, point) })}
        face={<Ellipsis size={17} aria-hidden="true" />}
        class="icon-button version-menu"
        placement="bottom-end"
      >
        <MenuItem
          label={message(version.name === null ? 'history.nameIt' : 'history.rename')}
          icon={<Pencil size={17} />}
          onChoose={() => onNaming(true)}
        />
        {current !== null && !chosen && (
          <MenuItem
            label={message('history.compareWith')}
            icon={<GitCompareArrows size={17} />}
            onChoose={() => {
              past.authors.value = false
              past.changes.value = true
              past.base.value = point
              past.sliding.value = false
              past.uncover()
            }}
          />
        )}
        <MenuItem
          label={message('history.restore')}
          icon={<RotateCcw size={17} />}
          onChoose={() => {
            past.asking.value = point
          }}
        />
        <MenuItem
          label={message('history.copy')}
          icon={<Copy size={17} />}
          onChoose={() => void copy(past, point)}
        />
        <MenuItem
          label={message('history.download')}
          icon={<Download size={17} />}
          onChoose={() => download(past, point)}
        />
      </Menu>
    </li>
  )
}

function NowRow({
  past,
  naming,
  onNaming,
}: {
  past: Past
  naming: boolean
  onNaming: (naming: boolean) => void
}) {
  const current = past.point.value
  const chosen = current === null || current.kind === 'now'
  return (
    <ul class="versions">
      <li class={chosen ? 'version now chosen' : 'version now'}>
        {naming ? (
          <NameField
            value=""
            onCancel={() => onNaming(false)}
            onName={async (name) => {
              if (name === '') return onNaming(false)
              try {
                await past.nameNow(name)
                onNaming(false)
              } catch (error) {
                tell(message('history.notNamed', { reason: explain(error) }))
              }
            }}
          />
        ) : (
          <>
            <button
              type="button"
              class="version-face"
              aria-current={chosen ? 'true' : undefined}
              onClick={() => {
                if (current?.kind === 'now') past.leave()
                else past.look({ kind: 'now' })
                past.uncover()
              }}
            >
              <span class="version-title">
                <b>{message('history.now')}</b>
              </span>
              <span class="version-writers">
                <span class="version-names">
                  {message(current?.kind === 'now' ? 'history.now.back' : 'history.now.hint')}
                </span>
              </span>
            </button>
            <button type="button" class="button small" onClick={() => onNaming(true)}>
              {message('history.nameNow')}
            </button>
          </>
        )}
      </li>
    </ul>
  )
}

export function Versions({ past }: { past: Past }) {
  const named = useSignal(false)
  /** The version that is given a name; null is what is there now. */
  const naming = useSignal<VersionId | null | undefined>(undefined)
  const all = past.versions.value
  const shown = named.value ? all.filter(({ name }) => name !== null) : all
  const trouble = past.trouble.value
  return (
    <section class="version-list" aria-label={message('history.versions')}>
      <NowRow
        past={past}
        naming={naming.value === null}
        onNaming={(on) => (naming.value = on ? null : undefined)}
      />
      {all.length > 0 && (
        <label class="switch">
          <input
            type="checkbox"
            checked={named.value}
            onChange={(event) => (named.value = event.currentTarget.checked)}
          />
          {message('history.namedOnly')}
        </label>
      )}
      {past.lost.value && (
        <p class="history-empty" role="status">
          {message('history.branchesLost')}
        </p>
      )}
      {byDay(shown).map((day) => (
        <section key={day.time} class="version-day">
          <h3>{dayOf(day.time)}</h3>
          <ul class="versions">
            {day.versions.map((version) => (
              <Row
                key={version.id}
                past={past}
                version={version}
                naming={naming.value === version.id}
                onNaming={(on) => (naming.value = on ? version.id : undefined)}
              />
            ))}
          </ul>
        </section>
      ))}
      {trouble !== null ? (
        <div class="history-trouble" role="alert">
          <p>{explain(trouble)}</p>
          <button type="button" class="button" onClick={() => void past.list()}>
            {message('home.retry')}
          </button>
        </div>
      ) : past.listing.value && all.length === 0 ? (
        <div class="version-bones" role="status" aria-label={message('history.loading')}>
          <span class="bone" />
          <span class="bone short" />
          <span class="bone" />
          <span class="bone short" />
        </div>
      ) : shown.length === 0 ? (
        <p class="history-empty">{message(named.value ? 'history.noneNamed' : 'history.none')}</p>
      ) : null}
      {past.more.value !== null && (
        <button
          type="button"
          class="button more"
          disabled={past.listing.value}
          onClick={() => void past.listMore()}
        >
          {message('home.more')}
        </button>
      )}
    </section>
  )
}
