import type { AdminRequest } from "@cambist/core/doctor/finding.ts";
import type { DoctorReport } from "../admin/doctor/report.ts";
import { CommandFailure } from "../cli/command-failure.ts";
import type { DoctorArguments } from "../config/server-config.ts";

const TIMEOUT_MS = 60_000;

/** A running server, asked with an administrator's credentials. Every failure is a {@link CommandFailure} that names no secret. */
export class RemoteServer {
  readonly #base: string;
  readonly #login: DoctorArguments["login"];

  constructor(url: string, login: DoctorArguments["login"]) {
    const parsed = URL.parse(url);
    const isHttp = parsed?.protocol === "http:" || parsed?.protocol === "https:";
    if (!parsed || !isHttp || parsed.username !== "" || parsed.search !== "" || parsed.hash !== "")
      throw new CommandFailure("--url: must be the base address of a server, such as https://sso.example.com");
    if (login.password === undefined && login.clientSecret === undefined)
      throw new CommandFailure(
        "--url needs an administrator: set KC_CLI_PASSWORD (and --user), or --login-client and KC_CLI_CLIENT_SECRET",
      );
    this.#base = parsed.href.replace(/\/+$/, "");
    this.#login = login;
  }

  /** Anybody on the way could read the password. */
  get isExposed(): boolean {
    const { protocol, hostname } = new URL(this.#base);
    return protocol === "http:" && !/^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);
  }

  /** Reports on one realm, or on all that the administrator sees. */
  async reports(realm: string | undefined): Promise<readonly DoctorReport[]> {
    const token = await this.#signIn();
    const names = realm === undefined ? await this.#realms(token) : [realm];
    const reports: DoctorReport[] = [];
    for (const name of names) {
      const answer = await this.#send(token, "GET", `/admin/realms/${encodeURIComponent(name)}/cambist/doctor`);
      if (answer.status === 404)
        throw new CommandFailure(`The server has no realm ${JSON.stringify(name)}, or no doctor: older versions and Keycloak have none`);
      reports.push(await read<DoctorReport>(answer, `to examine ${name}`, isReport));
    }
    return reports;
  }

  /** Makes the changes one after the other; answers with what went wrong at each, or undefined. */
  async apply(requests: readonly AdminRequest[]): Promise<readonly (string | undefined)[]> {
    const token = await this.#signIn();
    const outcomes: (string | undefined)[] = [];
    for (const { method, path, body } of requests) {
      // The server's own words, but only ever for its admin API.
      if (!/^\/admin\/realms\/[^/?#]+(?:\/[^/?#]+)*$/.test(path) || path.split("/").some((part) => /^(?:\.|%2e)+$/i.test(part)))
        throw new CommandFailure("The server names a change outside its admin API; nothing more is changed");
      const answer = await this.#send(token, method, path, body);
      outcomes.push(answer.ok ? undefined : `the server answered ${answer.status}`);
      await answer.body?.cancel();
    }
    return outcomes;
  }

  async #realms(token: string): Promise<readonly string[]> {
    const answer = await this.#send(token, "GET", "/admin/realms?briefRepresentation=true");
    const list = await read<readonly { readonly realm: string }[]>(answer, "to list the realms", Array.isArray);
    return list.map(({ realm }) => realm);
  }

  async #signIn(): Promise<string> {
    const { realm, client, clientSecret, user, password } = this.#login;
    const asClient = clientSecret !== undefined && user === undefined && password === undefined;
    const form = new URLSearchParams({
      client_id: client,
      ...(clientSecret !== undefined && { client_secret: clientSecret }),
      ...(asClient
        ? { grant_type: "client_credentials" }
        : { grant_type: "password", username: user ?? "admin", password: password ?? "" }),
    });
    const answer = await this.#fetch(`/realms/${encodeURIComponent(realm)}/protocol/openid-connect/token`, { method: "POST", body: form });
    return (await read<{ readonly access_token: string }>(answer, `to sign in at realm ${realm} through ${client}`, isTokens)).access_token;
  }

  #send(token: string, method: string, path: string, body?: unknown): Promise<Response> {
    return this.#fetch(path, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { "content-type": "application/json" }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  }

  async #fetch(path: string, init: RequestInit): Promise<Response> {
    try {
      // A redirect would take the credentials to another place.
      return await fetch(`${this.#base}${path}`, { ...init, redirect: "error", signal: AbortSignal.timeout(TIMEOUT_MS) });
    } catch (error) {
      throw new CommandFailure(`${this.#base} cannot be reached: ${causeOf(error)}`, { cause: error });
    }
  }
}

const causeOf = (error: unknown): string => {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? ("code" in cause ? String(cause.code) : cause.message) : String(cause);
};

const isTokens = (value: unknown): boolean => typeof value === "object" && value !== null && "access_token" in value;
const isReport = (value: unknown): boolean =>
  typeof value === "object" && value !== null && "findings" in value && Array.isArray(value.findings) && "notChecked" in value;

/** @throws {CommandFailure} another status than 200, another shape */
async function read<T>(answer: Response, what: string, hasShape: (value: unknown) => boolean): Promise<T> {
  const text = await answer.text();
  if (answer.status !== 200) throw new CommandFailure(`The server refused ${what}: ${answer.status}${errorIn(text)}`);
  const value = parsed(text);
  if (!hasShape(value)) throw new CommandFailure(`The server's answer when asked ${what} is not one of Cambist's`);
  return value as T; // as far as its shape was looked at; the rest is only printed
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
