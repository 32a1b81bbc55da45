/**
 * An expected outcome as a value: `ok` with a value, or not, with an error that the caller must look at.
 * Errors that are thrown are reserved for bugs and for an environment that fails.
 */
export type Result<T, E> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: E };

export function ok<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

export function fail<E>(error: E): { readonly ok: false; readonly error: E } {
  return { ok: false, error };
}
