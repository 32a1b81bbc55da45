/**
 * A state as a shape: each state has its own, so that colour is never needed to tell them apart. The word always stands
 * beside it, hence hidden from screen readers.
 */
export type MarkShape =
  | "up"
  | "down"
  | "flapping"
  | "unproven"
  | "suspected"
  | "drain"
  | "disable"
  | "maintenance"
  | "pin"
  | "answer"
  | "muster";

const paths: Readonly<Record<MarkShape, preact.JSX.Element>> = {
  up: <circle cx="8" cy="8" r="5.5" class="fill" />,
  down: (
    <>
      <rect x="1.5" y="1.5" width="13" height="13" rx="1.5" class="fill" />
      <path d="M5 5l6 6M11 5l-6 6" class="cut" />
    </>
  ),
  flapping: <path d="M1 11.5 4.5 4.5 8 11.5l3.5-7L15 11.5" class="stroke" />,
  unproven: <circle cx="8" cy="8" r="5" class="stroke dashed" />,
  suspected: <path d="M8 1 15 8 8 15 1 8z" class="fill" />,
  drain: (
    <>
      <circle cx="8" cy="8" r="5.2" class="stroke" />
      <path d="M8 13.2A5.2 5.2 0 0 1 8 2.8z" class="fill" />
    </>
  ),
  disable: (
    <>
      <circle cx="8" cy="8" r="5.8" class="stroke" />
      <path d="M4.5 8h7" class="stroke" />
    </>
  ),
  maintenance: <path d="M3 8h10M3 4.5h10M3 11.5h10" class="stroke" />,
  pin: <path d="M8 9.5V15M4 9.5h8M5.5 9.5V2h5v7.5" class="stroke" />,
  answer: <path d="M2 8h10.5M9 4l4 4-4 4" class="stroke" />,
  muster: <circle cx="8" cy="8" r="2" class="fill" />,
};

export function Mark({ shape, pulse = false }: { shape: MarkShape; pulse?: boolean }) {
  return (
    <svg class="mark" data-shape={shape} data-pulse={pulse} viewBox="0 0 16 16" aria-hidden="true">
      {pulse && <circle cx="8" cy="8" r="7.2" class="ring" />}
      {paths[shape]}
    </svg>
  );
}
