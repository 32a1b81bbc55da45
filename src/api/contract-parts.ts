/** Pieces that several schemas of the API are made of. */
import { z } from "zod";

/** Longest text that is accepted as a name, an owner or a reason. */
export const TEXT_CHARS_MAX = 500;

export const instant = z.number().meta({ description: "Unix time in milliseconds" });
/** Without a flag, since JSON Schema has none to say it with. */
const noControls = String.raw`^[^\u0000-\u001f\u007f-\u009f]*$`;

/** One line that a terminal and a log can show as it is. */
export const line = z
  .string()
  .trim()
  .min(1)
  .max(TEXT_CHARS_MAX)
  .regex(new RegExp(noControls), "must not hold control characters");

/** Lists are read-only, as in `core/view.ts`. */
export function list<S extends z.ZodType>(item: S): z.ZodReadonly<z.ZodArray<S>> {
  return z.array(item).readonly();
}
