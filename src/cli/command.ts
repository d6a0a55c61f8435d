/** What a command of the CLI is. */
export interface Command {
  /** One line for the overview. */
  readonly summary: string;
  /** The text of `skiff COMMAND --help`. */
  readonly help: string;
  /** Runs with the arguments behind the command's name; resolves with the exit code. */
  run(argv: readonly string[]): Promise<number>;
}
