// Hocuspocus as its documentation sets it up for production with SQLite: the stock
// server and the stock extension, at their defaults (a document is stored two seconds
// after the last change, ten after the first), without the banner. Started with
// NODE_ENV=production. Arguments: the port and the folder for the data.
import { join } from 'node:path'
import { SQLite } from '@hocuspocus/extension-sqlite'
import { Server } from '@hocuspocus/server'

const [port, data] = process.argv.slice(2)
const server = new Server({
  port: Number(port),
  address: '127.0.0.1',
  quiet: true,
  extensions: [new SQLite({ database: join(data, 'documents.sqlite') })],
})
await server.listen()
