// Writes docs/api.md: a session in a shell that really runs while somebody writes in the browser.
// `node test/e2e/session.mjs [file]`; every answer in the page is what the server said.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { Story } from './story.mjs'

const file = path.resolve(process.argv[2] ?? fileURLToPath(new URL('../../../docs/api.md', import.meta.url)))
/** Where a reader's server is. */
const THEIRS = 'localhost:8080'
const TRIP = `${THEIRS}/api/documents/trip`

const story = await Story.begin()
const ours = `127.0.0.1:${story.server.port}`
const folder = await mkdtemp(path.join(tmpdir(), 'cowrite-session-'))
const page = []
const followers = []

const says = (text) => page.push(text.trim().replace(/\n +/g, '\n'))

function start(command) {
  const shell = spawn('bash', ['-c', command.replaceAll(THEIRS, ours)], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  shell.said = ''
  shell.stdout.on('data', (data) => (shell.said += data))
  shell.stderr.on('data', (data) => (shell.said += data))
  return shell
}

/** Runs a command and gives what it printed. */
async function runs(command) {
  const shell = start(command)
  const code = await new Promise((resolve) => shell.once('close', resolve))
  assert.equal(code, 0, `${command}\n${shell.said}`)
  return shell.said.replaceAll(ours, THEIRS)
}

/** Runs a command and shows it with what it printed, in this language. */
async function shows(command, language = 'json') {
  const said = await runs(command)
  page.push(`\`\`\`sh\n${command}\n\`\`\``)
  if (said.trim() !== '') page.push(`\`\`\`${language}\n${said.trimEnd()}\n\`\`\``)
  return said
}

/** Begins a command that goes on until the end. */
function follows(command) {
  page.push(`\`\`\`sh\n${command} &\n\`\`\``)
  followers.push(start(`exec ${command}`))
}

async function until(what, look) {
  for (let tries = 0; tries < 200; tries += 1) {
    if (await look()) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`waited in vain until ${what}`)
}

try {
  says(`# A session with the API

    Everything below was really run, by \`make api-session\`, which writes this page: a document is made from
    Markdown, somebody writes in it in the browser while \`curl\` changes it, it leaves in every format, and
    goes back to what it was. What there is besides is in the page that your server shows under
    <http://${THEIRS}/api/docs>.

    ## From Markdown`)
  await shows(`cat > trip.md <<'END'
# Trip to Vienna

We meet at the station at nine.

- [ ] tickets
- [ ] rooms

| What  | Euro |
| ----- | ---- |
| train | 120  |
END
curl -s -X PUT ${TRIP}/content -H 'If-None-Match: *' \\
  -H 'Content-Type: text/markdown' -H 'X-Cowrite-Author: Grace' --data-binary @trip.md`)
  says('Somebody wants to know what happens from here on:')
  follows(`curl -sN '${TRIP}/events' > events.txt`)
  says('And this moment gets a name:')
  await shows(`curl -s ${TRIP}/versions -H 'Content-Type: application/json' -d '{"name":"as planned"}'`)

  says(
    '## Two at once\n\nAda opens the document in her browser and types. While she does, a script corrects the price\nand says more of the rooms:',
  )
  const ada = await story.person('Ada')
  await ada.open('trip')
  await ada.text.locator('p').first().click()
  await ada.types('{End}')
  const typing = (async () => {
    for (const word of ' Bring an umbrella, the forecast is bad.'.split(' ').slice(1))
      await ada.types(` ${word}`)
  })()
  await shows(`curl -s -X PATCH ${TRIP}/content -H 'Content-Type: application/json' \\
  -H 'X-Cowrite-Author: booking script' -d '{"operations": [
    {"find": "120", "replace": "98"},
    {"after": "rooms", "insert": " (two, near the river)"}
  ]}'`)
  await typing
  await ada.sees('saved')
  says('Her caret stayed where it was, and nobody lost a word:')
  const markdown = await shows(`curl -s '${TRIP}/content?format=markdown'`, 'markdown')
  assert.match(markdown, /Bring an umbrella, the forecast is bad\./)
  assert.match(markdown, /\| 98 /)
  assert.match(markdown, /two, near the river/)

  says('## Its title\n\nThe title stands above the text and in lists, and Ada sees the new one at once:')
  await shows(
    `curl -s -X PATCH ${TRIP} -H 'X-Cowrite-Author: booking script' -d '{"title": "Vienna in May"}'`,
  )
  await until('Ada sees it', async () => (await ada.page.title()).startsWith('Vienna in May'))

  says('## In every format')
  await shows(`curl -s '${TRIP}/content?format=text'`, 'text')
  await shows(`curl -s '${TRIP}/content?format=html'`, 'html')
  await shows(`curl -s '${TRIP}/content?format=json' | head -c 300; echo …`)
  says('The Yjs document itself, for other Yjs programs, and only what has changed for who has it already:')
  await shows(
    `curl -s '${TRIP}/content?format=yjs' | wc -c
curl -s '${TRIP}/content?format=yjs-v2' | wc -c
curl -s -o /dev/null -w '%{http_code}\\n' ${TRIP}/content -H "If-None-Match: $(
  curl -s -o /dev/null -w '%header{etag}' ${TRIP}/content)"`,
    'text',
  )

  says('## What happened')
  await until('all events are told', async () => (await runs('cat events.txt')).includes('booking script'))
  await shows('cat events.txt', 'text')
  says('What became of it since the version, and by whom:')
  await until('Ada is known by name', async () => (await runs(`curl -s '${TRIP}/authors'`)).includes('"Ada"'))
  const diff = await shows(
    `curl -s '${TRIP}/diff?from=1&context=0' | python3 -m json.tool --indent 1 | head -70`,
  )
  assert.match(diff, /"Ada"/)
  await shows(`curl -s '${TRIP}/diff?from=1&context=0&format=html'`, 'html')

  says('## Back')
  await shows(`curl -s -X POST ${TRIP}/versions/1/restore -H 'X-Cowrite-Author: Grace'`)
  await until('Ada sees it', async () => !(await ada.text.innerText()).includes('umbrella'))
  says(
    'Ada sees it at once. What she wrote is not gone: it is the version `before`, and that comes back likewise.',
  )
  await shows(`curl -s '${TRIP}/versions' | python3 -m json.tool --indent 1`)
  await shows(
    `curl -s -o /dev/null -w '%{http_code}\\n' -X POST ${TRIP}/versions/2/restore
curl -s '${TRIP}/content?format=markdown' | sed -n 3p`,
    'text',
  )
  await until('Ada sees it', async () => (await ada.text.innerText()).includes('umbrella'))
  assert.deepEqual(ada.complaints, [])

  await writeFile(file, `${page.join('\n\n')}\n`)
  console.log(file)
} finally {
  for (const follower of followers) follower.kill()
  await story.end()
  await rm(folder, { recursive: true, force: true })
}
