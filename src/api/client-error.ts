/** What goes wrong when the API is asked. Apart from the client: a program that only tells it needs no schemas. */
export type ClientErrorKind = "unreachable" | "refused" | "strange";

export class ClientError extends Error {
  override readonly name = "ClientError";
  readonly kind: ClientErrorKind;
  /** The API's code when it refused, as in `api/errors.ts`; else the kind. */
  readonly code: string;
  readonly details: readonly string[];

  constructor(
    kind: ClientErrorKind,
    message: string,
    more: { code?: string; details?: readonly string[]; cause?: unknown } = {},
  ) {
    super(message, { cause: more.cause });
    this.kind = kind;
    this.code = more.code ?? kind;
    this.details = more.details ?? [];
  }
}
