// A button with an icon. Its label is its name for everybody; the tooltip adds the shortcut.
//
// Pressing it does not move the focus: a formatting button must leave the selection in the text.
// When it cannot be used it stays focusable, so that the keyboard does not fall off a toolbar.
import type { ComponentType } from 'preact'
import { announced, readable } from './keys'

/** Lucide's icons, and own ones drawn like them. */
export type Icon = ComponentType<{ size?: number | string }>

interface Props {
  icon: Icon
  label: string
  shortcut?: string | undefined
  /** Present on buttons that switch something on and off. */
  pressed?: boolean
  disabled?: boolean
  class?: string
  onPress: () => void
}

export function IconButton({
  icon: Picture,
  label,
  shortcut,
  pressed,
  disabled = false,
  onPress,
  ...rest
}: Props) {
  return (
    <button
      type="button"
      class={`icon-button ${rest.class ?? ''}`}
      title={shortcut ? `${label} (${readable(shortcut)})` : label}
      aria-label={label}
      aria-pressed={pressed}
      aria-disabled={disabled || undefined}
      aria-keyshortcuts={shortcut ? announced(shortcut) : undefined}
      onMouseDown={(event) => event.preventDefault()}
      onClick={() => {
        if (!disabled) onPress()
      }}
    >
      <Picture size={18} />
    </button>
  )
}
