// The document as a file: Markdown, HTML, JSON or text, as the server writes it. What is on its way to the
// server is not in it yet, so it is what "All changes saved" speaks of.
import { Braces, CodeXml, FileText, Hash, type LucideIcon } from 'lucide-preact'
import { contentPath, type FileFormat } from '../../address'
import type { MessageKey } from '../../i18n/message'
import { explain } from '../../i18n/refusal'
import { download as downloadFrom, handOver } from '../parts/download'
import { tellUnfetched } from '../parts/lazy'
import { tell } from '../parts/toast'

export interface Choice {
  format: FileFormat
  label: MessageKey
  icon: LucideIcon
  ending: string
}

export const FILES: Choice[] = [
  { format: 'markdown', label: 'export.markdown', icon: Hash, ending: '.md' },
  { format: 'html', label: 'export.html', icon: CodeXml, ending: '.html' },
  { format: 'text', label: 'export.text', icon: FileText, ending: '.txt' },
  { format: 'json', label: 'export.json', icon: Braces, ending: '.json' },
]

async function downloadPage(name: string): Promise<void> {
  const fetched = await import('../../api/standalone').catch(tellUnfetched)
  if (!fetched) return
  try {
    const { page, called } = await fetched.standalone(name)
    handOver(page, called)
  } catch (error) {
    tell(explain(error))
  }
}

export function download(name: string, format: FileFormat): void {
  if (format === 'html') void downloadPage(name)
  else downloadFrom(contentPath(name, format))
}
