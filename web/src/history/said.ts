// What became of a place in the text, in words: who added or removed it, which mark it got, that a
// heading is of another level now. What has no word of its own is called by its name in the schema.
import type { MarkSpec, Told, Writer } from '../api/history'
import { calloutKind } from '../editor/callout'
import { type MessageKey, message } from '../i18n/message'
import type { Place, Step } from './told'

const BLOCKS: Record<string, MessageKey> = {
  paragraph: 'block.text',
  blockquote: 'block.quote',
  bulletList: 'block.bulletList',
  blockMath: 'block.equation',
  codeBlock: 'block.code',
  details: 'block.details',
  horizontalRule: 'block.divider',
  image: 'block.image',
  inlineMath: 'block.math',
  orderedList: 'block.orderedList',
  table: 'block.table',
  taskList: 'block.taskList',
}

const MARKS: Record<string, MessageKey> = {
  bold: 'mark.bold',
  code: 'mark.code',
  comment: 'history.comment',
  deletion: 'history.suggestion',
  highlight: 'mark.highlight',
  insertion: 'history.suggestion',
  italic: 'mark.italic',
  link: 'mark.link',
  strike: 'mark.strike',
  underline: 'mark.underline',
}

type Attributes = Record<string, unknown>

/** `taskItem` is "task item". */
const plain = (name: string): string =>
  name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replace(/[_-]+/g, ' ')
    .toLowerCase()

function blockName(type: string, attrs: Attributes = {}): string {
  const level = Number(attrs.level)
  if (type === 'heading' && level >= 1 && level <= 4) return message(`block.heading${level as 1 | 2 | 3 | 4}`)
  if (type === 'callout') return message(`block.callout.${calloutKind(attrs.kind)}`)
  const known = BLOCKS[type]
  return known === undefined ? plain(type) : message(known)
}

const markName = (type: string): string => {
  const known = MARKS[type]
  return known === undefined ? plain(type) : message(known)
}

const wordOf = (value: unknown): string => {
  if (value === null || value === undefined || value === '') return message('history.nothing')
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  return text.length > 80 ? `${text.slice(0, 79)}…` : text
}

const differs = (a: unknown, b: unknown): boolean => JSON.stringify(a ?? null) !== JSON.stringify(b ?? null)

const changedKeys = (was: Attributes, is: Attributes): string[] =>
  [...new Set([...Object.keys(was), ...Object.keys(is)])].filter((key) => differs(was[key], is[key])).sort()

const fromTo = (was: string, is: string): string => message('history.fromTo', { was, is })

function blockSaid(is: Told): string[] {
  const type = is.type ?? ''
  const before = is.was?.type ?? type
  const [attrs, wereAttrs] = [is.attrs ?? {}, is.was?.attrs ?? {}]
  if (before !== type) return [fromTo(blockName(before, wereAttrs), blockName(type, attrs))]
  return changedKeys(wereAttrs, attrs).map((key) => {
    if (type === 'taskItem' && key === 'checked')
      return message(attrs.checked === true ? 'history.ticked' : 'history.unticked')
    if ((type === 'heading' && key === 'level') || (type === 'callout' && key === 'kind'))
      return fromTo(blockName(type, wereAttrs), blockName(type, attrs))
    return `${plain(key)}: ${fromTo(wordOf(wereAttrs[key]), wordOf(attrs[key]))}`
  })
}

/** Of these several may lie on the same words: another one is not the same one changed. */
const MANY = new Set(['comment', 'deletion', 'insertion'])

function markSaid(is: MarkSpec[], was: MarkSpec[]): string[] {
  const said: string[] = []
  const isIn = (mark: MarkSpec, all: MarkSpec[]) => all.some((one) => !differs(one, mark))
  const left = was.filter((mark) => !isIn(mark, is))
  for (const mark of is.filter((mark) => !isIn(mark, was))) {
    const before = MANY.has(mark.type) ? -1 : left.findIndex((one) => one.type === mark.type)
    const [old] = before === -1 ? [] : left.splice(before, 1)
    const name = markName(mark.type)
    if (old === undefined) {
      said.push(message('history.markAdded', { mark: name }))
      continue
    }
    for (const key of changedKeys(old.attrs ?? {}, mark.attrs ?? {})) {
      const change = fromTo(wordOf(old.attrs?.[key]), wordOf(mark.attrs?.[key]))
      said.push(
        key === 'href' || key === 'color' ? `${name}: ${change}` : `${name}, ${plain(key)}: ${change}`,
      )
    }
  }
  for (const mark of left) said.push(message('history.markRemoved', { mark: markName(mark.type) }))
  return said
}

/** A changed place: what is different about it. */
export function changeSaid(is: Told): string {
  const said = is.text === undefined ? blockSaid(is) : markSaid(is.marks ?? [], is.was?.marks ?? [])
  return said.join(', ') || message('history.changed')
}

const nameOf = (writer: Writer | null): string | null =>
  writer === null ? null : (writer.name ?? message('history.somebody'))

/** "Added by Ada", or what is different. */
export function placeSaid(place: Place): string {
  if (place.change === 'changed') return changeSaid(place.is)
  const name = nameOf(place.by)
  if (place.change === 'added')
    return name === null ? message('history.added') : message('history.addedBy', { name })
  return name === null ? message('history.removed') : message('history.removedBy', { name })
}

/** All there is to say of a step, nothing twice. */
export const stepSaid = (step: Step): string => [...new Set(step.places.map(placeSaid))].join(' · ')
