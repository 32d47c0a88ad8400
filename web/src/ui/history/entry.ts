// The chunk of the history: its styles and its parts.
import './history.css'

export { PastBar } from './bar'
export { HistoryPanel } from './panel'
export { leavePast, lookAt, lookSince } from './past'
export { PastSheet } from './sheet'
