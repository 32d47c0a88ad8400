// The keys of the piece that the caret is in: read by the handle, its menu, the palette and the page of shortcuts.
export const MENU = 'Alt-Enter'
export const UP = 'Alt-Shift-ArrowUp'
export const DOWN = 'Alt-Shift-ArrowDown'
