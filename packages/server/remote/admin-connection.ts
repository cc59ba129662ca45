import { setTimeout as pause } from "node:timers/promises";
import { CommandFailure } from "../cli/command-failure.ts";
import type { AdminLogin } from "../config/server-config.ts";

const TIMEOUT_MS = 60_000;
/** A server with many users works on a list for a while. */
const READING_MS = 5 * 60_000;
/** A token is renewed this long before it ends: a request must not overtake it. */
const RENEW_BEFORE_MS = 10_000;
/** Pauses before a reading that failed on the way is tried again. */
const RETRY_AFTER_MS: readonly number[] = [500, 2000];
/** Answers of a proxy whose server is away for a moment. */
const PASSING: ReadonlySet<number> = new Set([502, 503, 504]);

interface Tokens {
  readonly access_token: string;
  readonly refresh_token?: string;
  readonly expires_in?: number;
}

interface Session {
  readonly tokens: Tokens;
  readonly endsAtMs: number;
}

/** Options of the command line that a connection's messages name. */
export interface ConnectionWords {
  /** The option with the address. */
  readonly address: string;
  /** How to say who signs in. */
  readonly credentials: string;
}

export interface ConnectionOptions {
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** Ends the request under way. */
  readonly signal?: AbortSignal;
  /** Waits before a reading is tried again. */
  readonly wait?: (ms: number) => Promise<unknown>;
}

/**
 * The admin API of a running server, Keycloak's or ours, with an administrator's credentials. Signs in when first asked and again before a token
 * ends. Every failure is a {@link CommandFailure} that names no secret.
 */
export class AdminConnection {
  /** Address without the last slash. */
  readonly base: string;
  readonly #login: AdminLogin;
  readonly #now: () => number;
  readonly #signal: AbortSignal | undefined;
  readonly #wait: (ms: number) => Promise<unknown>;
  #session: Promise<Session> | undefined;

  /** @throws {CommandFailure} an address that is none, no credentials */
  constructor(url: string, login: AdminLogin, words: ConnectionWords, { now = Date.now, signal, wait = pause }: ConnectionOptions = {}) {
    const parsed = URL.parse(url);
    const isHttp = parsed?.protocol === "http:" || parsed?.protocol === "https:";
    if (!parsed || !isHttp || parsed.username !== "" || parsed.search !== "" || parsed.hash !== "")
      throw new CommandFailure(`${words.address}: must be the base address of a server, such as https://sso.example.com`);
    if (login.password === undefined && login.clientSecret === undefined)
      throw new CommandFailure(`${words.address} needs an administrator: ${words.credentials}`);
    this.base = parsed.href.replace(/\/+$/, "");
    this.#login = login;
    this.#now = now;
    this.#signal = signal;
    this.#wait = wait;
  }

  /** Anybody on the way could read the password. */
  get isExposed(): boolean {
    const { protocol, hostname } = new URL(this.base);
    return protocol === "http:" && !/^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);
  }

  /** One request, as often as it takes to have it answered with a token that has not ended; the caller looks at the status. */
  send(method: string, path: string, body?: unknown, timeoutMs: number = TIMEOUT_MS): Promise<Response> {
    return this.#send(method, path, body, () => this.#limited(AbortSignal.timeout(timeoutMs)));
  }

  async #send(method: string, path: string, body: unknown, limit: () => AbortSignal): Promise<Response> {
    for (let attempt = 0; ; attempt += 1) {
      const session = await this.#signedIn();
      const delay = method === "GET" ? RETRY_AFTER_MS[attempt] : undefined;
      let answer: Response;
      try {
        answer = await this.#fetch(path, {
          method,
          headers: {
            authorization: `Bearer ${session.tokens.access_token}`,
            ...(body !== undefined && { "content-type": "application/json" }),
          },
          ...(body !== undefined && { body: JSON.stringify(body) }),
          signal: limit(),
        });
      } catch (error) {
        if (delay === undefined || this.#signal?.aborted) throw error;
        await this.#wait(delay);
        continue;
      }
      // The server's clock, or an administrator who ended the session: one more sign-in tells.
      if (answer.status === 401 && attempt === 0) this.#forget(session);
      else if (!PASSING.has(answer.status) || delay === undefined) return answer;
      else await this.#wait(delay);
      await answer.body?.cancel();
    }
  }

  /**
   * The answer to a GET, of the shape asked for.
   * @param what to go on "The server refused …" with
   * @throws {CommandFailure} another status than 200, another shape
   */
  get<T>(path: string, what: string, hasShape: (value: unknown) => boolean): Promise<T> {
    return this.#read(path, (answer) => readAnswer<T>(answer, what, hasShape));
  }

  /** The same of something that may be gone: undefined where the server knows no such thing. */
  find<T>(path: string, what: string, hasShape: (value: unknown) => boolean): Promise<T | undefined> {
    return this.#read(path, async (answer) => {
      if (answer.status !== 404) return readAnswer<T>(answer, what, hasShape);
      await answer.body?.cancel();
      return undefined;
    });
  }

  /** Asks again where an answer broke off: one of thousands may. */
  async #read<T>(path: string, read: (answer: Response) => Promise<T>): Promise<T> {
    for (let attempt = 0; ; attempt += 1) {
      using deadline = new Deadline(READING_MS, this.#signal);
      const answer = await this.#send("GET", path, undefined, () => deadline.signal);
      try {
        return await read(answer);
      } catch (error) {
        const delay = RETRY_AFTER_MS[attempt];
        if (!(error instanceof BrokenOff) || delay === undefined || this.#signal?.aborted) throw error;
        await this.#wait(delay);
      }
    }
  }

  #signedIn(): Promise<Session> {
    const before = this.#session;
    // One sign-in for all who wait for it.
    return (this.#session = before ? before.then((session) => this.#fresh(session)) : this.#signIn()).catch((error: unknown) => {
      this.#session = undefined;
      throw error;
    });
  }

  #forget(session: Session): void {
    const before = this.#session;
    this.#session = before?.then((current) => (current === session ? this.#signIn() : current));
  }

  #fresh(session: Session): Session | Promise<Session> {
    return this.#now() < session.endsAtMs ? session : this.#renew(session);
  }

  async #renew({ tokens: { refresh_token: token } }: Session): Promise<Session> {
    if (token === undefined) return this.#signIn();
    const { client, clientSecret } = this.#login;
    const answer = await this.#token({
      client_id: client,
      ...(clientSecret !== undefined && { client_secret: clientSecret }),
      grant_type: "refresh_token",
      refresh_token: token,
    });
    if (answer.status === 200) return this.#sessionOf(await readAnswer<Tokens>(answer, "to go on", isTokens));
    await answer.body?.cancel();
    return this.#signIn();
  }

  async #signIn(): Promise<Session> {
    const { realm, client, clientSecret, user, password } = this.#login;
    const asClient = clientSecret !== undefined && user === undefined && password === undefined;
    const answer = await this.#token({
      client_id: client,
      ...(clientSecret !== undefined && { client_secret: clientSecret }),
      ...(asClient
        ? { grant_type: "client_credentials" }
        : { grant_type: "password", username: user ?? "admin", password: password ?? "" }),
    });
    return this.#sessionOf(await readAnswer<Tokens>(answer, `to sign in at realm ${realm} through ${client}`, isTokens));
  }

  #token(form: Readonly<Record<string, string>>): Promise<Response> {
    const path = `/realms/${encodeURIComponent(this.#login.realm)}/protocol/openid-connect/token`;
    const signal = this.#limited(AbortSignal.timeout(TIMEOUT_MS));
    return this.#fetch(path, { method: "POST", body: new URLSearchParams(form), signal });
  }

  #limited(signal: AbortSignal): AbortSignal {
    return this.#signal ? AbortSignal.any([signal, this.#signal]) : signal;
  }

  #sessionOf(tokens: Tokens): Session {
    const lifeMs = (tokens.expires_in ?? 60) * 1000;
    return { tokens, endsAtMs: this.#now() + Math.max(lifeMs / 2, lifeMs - RENEW_BEFORE_MS) };
  }

  async #fetch(path: string, init: RequestInit): Promise<Response> {
    try {
      // A redirect would take the credentials to another place.
      return await fetch(`${this.base}${path}`, { ...init, redirect: "error" });
    } catch (error) {
      if (this.#signal?.aborted) throw new CommandFailure("Interrupted; nothing was changed", { cause: error });
      throw new CommandFailure(`${this.base} cannot be reached: ${causeOf(error)}`, { cause: error });
    }
  }
}

/**
 * Ends a request when its time is over, or when the command is to end, and can be let go of: what `AbortSignal.timeout` makes stays until its time is
 * over, a hundred thousand of them in a migration.
 */
class Deadline implements Disposable {
  readonly #controller = new AbortController();
  readonly #outer: AbortSignal | undefined;
  readonly #timer: NodeJS.Timeout;
  readonly #end = (): void => this.#controller.abort(this.#outer?.reason);

  constructor(timeoutMs: number, outer: AbortSignal | undefined) {
    this.#outer = outer;
    this.#timer = setTimeout(() => this.#controller.abort(new DOMException("It took too long", "TimeoutError")), timeoutMs);
    this.#timer.unref();
    if (outer?.aborted) this.#end();
    else outer?.addEventListener("abort", this.#end);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#outer?.removeEventListener("abort", this.#end);
  }
}

/** Codes of Node about a certificate that no known authority signed. */
const UNKNOWN_SIGNER: ReadonlySet<string> = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

export function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error)) return String(cause);
  if (!("code" in cause)) return cause.message;
  const code = String(cause.code);
  return UNKNOWN_SIGNER.has(code) ? `${code}; name the authority of its certificate in NODE_EXTRA_CA_CERTS=FILE.pem` : code;
}

const isTokens = (value: unknown): boolean => typeof value === "object" && value !== null && "access_token" in value;

/** An answer that ended too early. */
class BrokenOff extends CommandFailure {}

/** @throws {CommandFailure} another status than 200, another shape, an answer that ends too early */
export async function readAnswer<T>(answer: Response, what: string, hasShape: (value: unknown) => boolean): Promise<T> {
  const text = await answer.text().catch((error: unknown) => {
    throw new BrokenOff(`The server broke off when asked ${what}: ${causeOf(error)}`, { cause: error });
  });
  if (answer.status !== 200) throw new CommandFailure(`The server refused ${what}: ${answer.status}${errorIn(text)}`);
  const value = parsed(text);
  if (!hasShape(value)) throw new CommandFailure(`The server's answer when asked ${what} is not one that was expected`);
  return value as T; // as far as its shape was looked at
}

function errorIn(text: string): string {
  const value = parsed(text) as { readonly error?: unknown } | undefined;
  return typeof value?.error === "string" ? ` ${value.error.slice(0, 100)}` : "";
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
