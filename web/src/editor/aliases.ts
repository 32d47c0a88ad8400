// What languages of code are called besides: a fence says "js", and JavaScript is meant. The document keeps the
// name it has, as the fence and other programs know it; the picker shows the language.
import { LANGUAGES } from './languages'

/** Behind each language its other names, as the grammars have them; without a language it is plain text. */
const NAMES = `bash sh zsh
c h
cpp cc c++ h++ hpp hh hxx cxx
csharp cs c#
diff patch
go golang
graphql gql
xml html xhtml rss atom xjb xsd xsl plist wsf svg
ini toml
java jsp
javascript js jsx mjs cjs
json jsonc json5
kotlin kt kts
lua pluto
makefile mk mak make
markdown md mkdown mkd
objectivec mm objc obj-c obj-c++ objective-c++
perl pl pm
python py gyp ipython
ruby rb gemspec podspec thor irb
rust rs
shell console shellsession
typescript ts tsx mts cts
vbnet vb
yaml yml
 text txt plaintext plain`

const languages = new Map<string, string>(
  NAMES.split('\n').flatMap((line) => {
    const [language = '', ...others] = line.split(' ')
    return others.map((name): [string, string] => [name, language])
  }),
)

export const languageOf = (name: string): string => languages.get(name.toLowerCase()) ?? name.toLowerCase()

/**
 * The entry of the language takes the place of the one that was added for another name of it, and stands for
 * that name from then on. The first entry is plain text, the languages follow.
 */
export function standFor(select: HTMLSelectElement, name: string): void {
  const language = languageOf(name)
  const index = LANGUAGES.findIndex(([id]) => id === language) + 1
  const entry = index > 0 || language === '' ? select.options[index] : undefined
  const added = [...select.options].slice(LANGUAGES.length + 1).find(({ value }) => value === name)
  if (entry === undefined || added === undefined) return
  const chosen = select.value === name
  added.remove()
  entry.value = name
  if (chosen) select.value = name
}
