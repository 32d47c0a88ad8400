// Own words that others take away: told where nobody can have seen them, and only there.
import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import type { Passage } from '../../src/sync/lost'
import { type Asked, stands, takenUnseen } from '../../src/sync/unseen'

const ALL: Asked = { from: 0, fresh: Number.POSITIVE_INFINITY, end: Number.POSITIVE_INFINITY }

const paragraph = (words: string, name = 'paragraph'): Y.XmlElement => {
  const element = new Y.XmlElement(name)
  const text = new Y.XmlText()
  text.insert(0, words)
  element.insert(0, [text])
  return element
}

const contentOf = (doc: Y.Doc) => doc.getXmlFragment('content')
const textAt = (doc: Y.Doc, line: number) => (contentOf(doc).get(line) as Y.XmlElement).get(0) as Y.XmlText

/** What the server makes of an update: what it did to the document, deletions of all that went along. */
function retold(before: Y.Doc, update: Uint8Array): Uint8Array {
  const server = new Y.Doc()
  Y.applyUpdate(server, Y.encodeStateAsUpdate(before))
  let told = new Uint8Array() as Uint8Array
  server.on('update', (one: Uint8Array) => {
    told = one
  })
  Y.applyUpdate(server, update)
  return told
}

/** Two people with the same lines; Grace wrote those with a star. */
function together(...lines: string[]) {
  const [ada, grace] = [new Y.Doc(), new Y.Doc()]
  for (const words of lines) {
    const writer = words.startsWith('*') ? grace : ada
    contentOf(writer).push([paragraph(words.replace('*', ''))])
    Y.applyUpdate(grace, Y.encodeStateAsUpdate(ada))
    Y.applyUpdate(ada, Y.encodeStateAsUpdate(grace))
  }
  return { ada, grace }
}

/** What Ada does comes to Grace: as she wrote it, or as a server tells it. */
function heard(ada: Y.Doc, grace: Y.Doc, act: () => void, how: { asked?: Asked; retold?: boolean } = {}) {
  const before = Y.encodeStateVector(ada)
  ada.transact(act)
  const written = Y.encodeStateAsUpdate(ada, before)
  const update = how.retold ? retold(grace, written) : written
  let taken: Passage[] = []
  grace.once('afterTransaction', (transaction: Y.Transaction) => {
    taken = takenUnseen(transaction, update, new Map([[grace.clientID, how.asked ?? ALL]]))
  })
  Y.applyUpdate(grace, update, 'server')
  return taken.map(({ words }) => words)
}

const rebuilds = (doc: Y.Doc, line: number, name = 'heading') => {
  const words = textAt(doc, line).toString()
  contentOf(doc).delete(line, 1)
  contentOf(doc).insert(line, [paragraph(words, name)])
}

describe('words that somebody else takes away', () => {
  it('are told when they went with a line that was rebuilt without them', () => {
    for (const again of [false, true]) {
      const { ada, grace } = together('shared line', 'next')
      textAt(grace, 0).insert(11, ' of Grace')
      expect(heard(ada, grace, () => rebuilds(ada, 0), { retold: again })).toEqual([' of Grace'])
    }
  })

  it('are told when they went with a line that nobody brings again, if its writer names only what it saw', () => {
    const { ada, grace } = together('shared line', 'next')
    textAt(grace, 0).insert(11, ' of Grace')
    expect(heard(ada, grace, () => contentOf(ada).delete(0, 1))).toEqual([' of Grace'])
  })

  it('are told while they are so new that not everybody can know them', () => {
    const { ada, grace } = together('shared line', 'next')
    textAt(grace, 0).insert(11, ' of Grace')
    const asked = { ...ALL, fresh: 0 }
    expect(heard(ada, grace, () => contentOf(ada).delete(0, 1), { retold: true, asked })).toEqual([
      ' of Grace',
    ])
  })

  // A line was the same only where one stretch of it lacked: whoever had written in two places of it was told
  // of neither, once both were confirmed.
  it('are told in all the places of a line where they stood', () => {
    for (const asked of [ALL, { ...ALL, fresh: 0 }]) {
      const { ada, grace } = together('shared line', 'next')
      textAt(grace, 0).insert(6, ' long')
      textAt(grace, 0).insert(0, 'The ')
      textAt(grace, 0).insert(20, ' of Grace')
      expect(heard(ada, grace, () => rebuilds(ada, 0), { retold: true, asked })).toEqual([
        'The ',
        ' long',
        ' of Grace',
      ])
    }
  })

  it('are told with what is newer in their line, and without what was seen of it', () => {
    const { ada, grace } = together('shared line', '*of mine, ')
    textAt(grace, 1).insert(10, 'seen')
    Y.applyUpdate(ada, Y.encodeStateAsUpdate(grace))
    textAt(grace, 1).insert(0, 'a word ')
    const fresh = Y.getState(grace.store, grace.clientID)
    textAt(grace, 1).insert(21, ' and another')
    expect(heard(ada, grace, () => rebuilds(ada, 1), { retold: true, asked: { ...ALL, fresh } })).toEqual([
      'a word ',
      ' and another',
    ])
  })

  it('are not told where a rehearsal told them', () => {
    const { ada, grace } = together('shared line')
    const end = Y.getState(grace.store, grace.clientID)
    textAt(grace, 0).insert(11, ' of Grace')
    expect(heard(ada, grace, () => rebuilds(ada, 0), { asked: { ...ALL, end } })).toEqual([])
  })
})

describe('nothing is told', () => {
  it('of what somebody saw and deleted', () => {
    for (const again of [false, true]) {
      const { ada, grace } = together('above', '*The plan of mine')
      const act = () => {
        contentOf(ada).delete(1, 1)
      }
      expect(heard(ada, grace, act, { retold: again })).toEqual([])
    }
  })

  it('of a line that somebody saw and rebuilt whole', () => {
    const { ada, grace } = together('*The plan of mine')
    expect(heard(ada, grace, () => rebuilds(ada, 0), { retold: true })).toEqual([])
  })

  // "The plan of mine" went with the line above it, and a T was typed: it was told as lost without its T.
  it('of a line in the place of which a letter was typed', () => {
    for (const typed of ['T', 'The', '    ']) {
      const { ada, grace } = together('above', '*The plan of mine')
      const act = () => {
        contentOf(ada).delete(0, 2)
        contentOf(ada).insert(0, [paragraph(typed)])
      }
      expect(heard(ada, grace, act, { retold: true })).toEqual([])
    }
  })
})

describe('words stand', () => {
  const passage = (before: string, words: string): Passage => ({ before, words, after: '', previous: '' })

  it('behind the text that they stood behind', () => {
    const { grace } = together('so many words before it, and it')
    expect(stands(grace, passage('so many words before it', ', and it'))).toBe(true)
    expect(stands(grace, passage('quite another beginning, and', ' it'))).toBe(false)
  })

  // "ok" that was lost at the start of a line stood in every "notebook".
  it('at the start of a line where nothing stood before them', () => {
    const { grace } = together('a notebook', 'okay')
    expect(stands(grace, passage('', 'ok'))).toBe(true)
    expect(stands(together('a notebook').grace, passage('', 'ok'))).toBe(false)
  })
})
