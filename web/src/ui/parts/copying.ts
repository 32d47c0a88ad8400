// Words for the clipboard; what became of it is said, also where the browser does not allow it.
import { type MessageKey, message } from '../../i18n/message'
import { tell } from './toast'

export async function copy(words: string, said: MessageKey): Promise<void> {
  try {
    await navigator.clipboard.writeText(words)
    tell(message(said))
  } catch {
    tell(message('command.notCopied'))
  }
}
