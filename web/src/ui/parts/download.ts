// A file for the reader: what is behind an address, under this name; without one the server names it.
export function download(address: string, name = ''): void {
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
}

/** How long a browser may take to begin with a file that is on this page only. */
const BEGIN = 10_000

/** A file that was made here; nothing leaves this device. */
export function handOver(file: Blob, name: string): void {
  const url = URL.createObjectURL(file)
  download(url, name)
  setTimeout(() => URL.revokeObjectURL(url), BEGIN)
}
