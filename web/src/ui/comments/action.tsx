// The button beside selected words that begins a comment on them.
import { MessageSquarePlus } from 'lucide-preact'
import { message } from '../../i18n/message'
import { useDesk } from '../document/desk'
import { IconButton } from '../parts/button'
import { beginComment, canComment } from './acts'

export function CommentAction() {
  const desk = useDesk()
  if (!canComment(desk)) return null
  return (
    <>
      <i class="separator" />
      <IconButton
        icon={MessageSquarePlus}
        label={message('command.comment')}
        shortcut="Mod-Alt-m"
        onPress={() => beginComment(desk)}
      />
    </>
  )
}
