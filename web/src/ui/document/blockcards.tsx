// The cards of pictures and formulas: fetched when the first of these is selected.
import { NodeSelection } from '@tiptap/pm/state'
import { writingFormula } from '../../editor/maths'
import { lazy } from '../parts/lazy'
import { useDesk } from './desk'

const PictureCard = lazy(async () => (await import('./picturecard')).PictureCard)
const FormulaCard = lazy(async () => (await import('./formulacard')).FormulaCard)

export function BlockCards() {
  const { editor, revision } = useDesk()
  revision.value
  const selection = editor.value?.state.selection
  if (!(selection instanceof NodeSelection)) return null
  const { name } = selection.node.type
  if (name === 'image') return <PictureCard />
  return name.endsWith('Math') && writingFormula.value !== null ? <FormulaCard /> : null
}
