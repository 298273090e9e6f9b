// Why a request did not succeed: the server said no, or the connection went away before it answered.

/** The server's refusal. `code` is one of the protocol's error codes; unknown codes stay as they are. */
export class Refused extends Error {
  override readonly name = "Refused";

  constructor(
    readonly code: string,
    message: string,
    /** The field that the refusal is about. */
    readonly field?: string,
    /** The entry of the server's log, for codes that only its operator can explain. */
    readonly incident?: string,
    /** With `too_often`: seconds until it may be tried again. */
    readonly seconds?: number,
  ) {
    super(message);
  }
}

/** The connection broke: whether the request was carried out is not known. */
export class Disconnected extends Error {
  override readonly name = "Disconnected";

  constructor() {
    super("the connection broke before the answer came");
  }
}

export function codeOf(cause: unknown): string {
  if (cause instanceof Refused) return cause.code;
  if (cause instanceof Disconnected) return "disconnected";
  return "unexpected";
}
