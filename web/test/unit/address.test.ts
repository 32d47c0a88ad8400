import { expect, it } from 'vitest'
import { documentPath, resourcePath, routeOf, socketAddress } from '../../src/address'

it('a name survives its way through the address bar', () => {
  for (const name of ['plan', 'team/2026 plan', 'a%2Fb', 'naïve café', '100 %', 'a?b#c', '東京'])
    expect(routeOf(documentPath(name))).toEqual({ page: 'document', name })
})

it('slashes separate segments in pages and sockets, and are encoded in REST', () => {
  expect(documentPath('team/2026 plan')).toBe('/d/team/2026%20plan')
  expect(resourcePath('team/2026 plan')).toBe('/api/documents/team%2F2026%20plan')
  expect(socketAddress({ protocol: 'https:', host: 'e.org' }, 'team/a b')).toEqual({
    url: 'wss://e.org/ws',
    room: 'team/a%20b',
  })
})

it('what is no document is not guessed at', () => {
  expect(routeOf('/')).toEqual({ page: 'home' })
  for (const path of ['/d/', '/d/%', '/x', '/dd/a']) expect(routeOf(path)).toEqual({ page: 'unknown' })
})
