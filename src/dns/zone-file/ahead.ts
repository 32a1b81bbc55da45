/** A zone file that must not be written over, because of the serial under which others may know it. */
import { serialGreater } from "../serial.ts";
import { findSoaSerial } from "./block.ts";

/**
 * The serial of a file with other records than those that are to take its place under `serial`, when theirs is not above
 * it: a server that has read the file, and everybody who has it from there, would not take them. Null: nothing is in the
 * way. `mayRepeat`: the same serial is not. `head`: the beginning of the file's text.
 */
export function serialInTheWay(
  head: string,
  { mayRepeat, serial }: { readonly serial: number; readonly mayRepeat: boolean },
): number | null {
  const there = findSoaSerial(head)?.serial ?? null;
  if (there === null || serialGreater(serial, there) || (mayRepeat && serial === there)) return null;
  return there;
}
