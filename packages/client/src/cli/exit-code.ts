/** What `drover` ends with, so that a script can tell. */
export const exitCode = {
  ok: 0,
  /** It was asked and did not go well: refused by the API, a run that failed, a diff that is not empty. */
  failed: 1,
  /** The command line, the settings or a file are not right; nothing was asked. */
  usage: 2,
  /** The API cannot be reached. */
  unreachable: 3,
  /** It was not final in time; it goes on. */
  timeout: 4,
} as const;

export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

/** Ends the command with this code and these lines. */
export class CommandFailure extends Error {
  override readonly name = "CommandFailure";
  readonly code: ExitCode;

  constructor(message: string, code: ExitCode = exitCode.usage) {
    super(message);
    this.code = code;
  }
}
