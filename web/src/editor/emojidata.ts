// The names of all emoji: a chunk of its own, fetched when somebody first types ":" and two letters.
export { gemoji } from 'gemoji'
