// The mark of cowrite, which is also the way home: two carets on the lines of one page.

export function Mark({ size = 32 }: { size?: number }) {
  return (
    <svg class="mark" width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" fill="#2b64d8" />
      <g fill="none" stroke-width="2.6" stroke-linecap="round">
        <path d="M8 10.5h9M8 21.5h7" stroke="#fff" />
        <path d="M22 6.8v7.4" stroke="#ffd43b" />
        <path d="M20 17.8v7.4" stroke="#8ce99a" />
      </g>
    </svg>
  )
}
