// The chunk of the history: its styles and its parts.
import './history.css'

export { PastBar } from './bar'
export { HistoryPanel } from './panel'
export { PastSheet } from './sheet'
export { leavePast, lookAt, lookSince } from './visit'
