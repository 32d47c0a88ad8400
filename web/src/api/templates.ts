// What a document may begin with, as the server offers it.
import { call, json } from './documents'

export interface Template {
  id: string
  /** By its code of two letters. */
  language: string
  title: string
  /** What it is for. */
  about: string
  /** What is in it, in Markdown. */
  content: string
}

/** Those in a language, and where there are none in it, the English ones. */
export async function listTemplates(language: string): Promise<Template[]> {
  const { templates } = await json<{ templates: Template[] }>(await call('/api/templates'))
  const own = templates.filter((template) => template.language === language)
  return own.length > 0 ? own : templates.filter((template) => template.language === 'en')
}
