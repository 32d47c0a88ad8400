// The document as a file: Markdown, HTML, JSON or text, as the server writes it. What is on its way
// to the server is not in it yet, so it is what "All changes saved" speaks of.
import { Braces, CodeXml, Download, FileText, Hash, type LucideIcon } from 'lucide-preact'
import { contentPath, type FileFormat } from '../../address'
import { type MessageKey, message } from '../../i18n/message'
import { Menu, MenuItem } from '../parts/menu'
import { useDesk } from './desk'

interface Choice {
  format: FileFormat
  label: MessageKey
  icon: LucideIcon
  ending: string
}

const CHOICES: Choice[] = [
  { format: 'markdown', label: 'export.markdown', icon: Hash, ending: '.md' },
  { format: 'html', label: 'export.html', icon: CodeXml, ending: '.html' },
  { format: 'text', label: 'export.text', icon: FileText, ending: '.txt' },
  { format: 'json', label: 'export.json', icon: Braces, ending: '.json' },
]

function download(path: string): void {
  const link = document.createElement('a')
  link.href = path
  // The server names the file.
  link.download = ''
  link.click()
}

export function ExportMenu() {
  const { session } = useDesk()
  return (
    <Menu
      label={message('export.label')}
      face={<Download size={18} aria-hidden="true" />}
      class="icon-button export-button"
      placement="bottom-end"
    >
      {CHOICES.map(({ format, label, icon: Picture, ending }) => (
        <MenuItem
          key={format}
          label={message(label)}
          icon={<Picture size={18} aria-hidden="true" />}
          detail={ending}
          onChoose={() => download(contentPath(session.name, format))}
        />
      ))}
    </Menu>
  )
}
