/** A stream of text; a terminal says so and how wide it is. */
export interface TextStream {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** Where a command writes and how it learns that it should end. */
export interface CommandIo {
  readonly stdout: TextStream;
  readonly stderr: TextStream;
  /** Aborted by the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
}

/** What `startServer` gives back once it answers requests. */
export interface RunningServer {
  /** The port that was opened: the HTTP port, or the HTTPS port when plain HTTP is off. */
  readonly port: number;
  /** Absent when neither health nor metrics is on. */
  readonly managementPort?: number | undefined;
  /** Whether the realm `master` has no user: the command line then says how to make the first one. */
  readonly lacksAdministrator?: boolean | undefined;
  /** Answers the requests under way, closes the ports and the database. */
  stop(): Promise<void>;
}
