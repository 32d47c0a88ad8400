// The y-websocket server exactly as `npx y-websocket` runs it, with
// NODE_ENV=production. This version stores nothing: the persistence that its README
// names (YPERSISTENCE) is commented out in its source. Argument: the port.
process.env.HOST = '127.0.0.1'
process.env.PORT = process.argv[2]
await import('@y/websocket-server/server')
