import type { AdminRequest } from "@cambist/core/doctor/finding.ts";
import type { DoctorReport } from "../admin/doctor/report.ts";
import { CommandFailure } from "../cli/command-failure.ts";
import type { DoctorArguments } from "../config/server-config.ts";
import { AdminConnection, readAnswer } from "../remote/admin-connection.ts";

const WORDS = {
  address: "--url",
  credentials: "set KC_CLI_PASSWORD (and --user), or --login-client and KC_CLI_CLIENT_SECRET",
};

/** A running Cambist, asked with an administrator's credentials. Every failure is a {@link CommandFailure} that names no secret. */
export class RemoteServer {
  readonly #connection: AdminConnection;

  constructor(url: string, login: DoctorArguments["login"]) {
    this.#connection = new AdminConnection(url, login, WORDS);
  }

  /** Anybody on the way could read the password. */
  get isExposed(): boolean {
    return this.#connection.isExposed;
  }

  /** Reports on one realm, or on all that the administrator sees. */
  async reports(realm: string | undefined): Promise<readonly DoctorReport[]> {
    const names = realm === undefined ? await this.#realms() : [realm];
    const reports: DoctorReport[] = [];
    for (const name of names) {
      const answer = await this.#connection.send("GET", `/admin/realms/${encodeURIComponent(name)}/cambist/doctor`);
      if (answer.status === 404)
        throw new CommandFailure(`The server has no realm ${JSON.stringify(name)}, or no doctor: older versions and Keycloak have none`);
      reports.push(await readAnswer<DoctorReport>(answer, `to examine ${name}`, isReport));
    }
    return reports;
  }

  /** Makes the changes one after the other; answers with what went wrong at each, or undefined. */
  async apply(requests: readonly AdminRequest[]): Promise<readonly (string | undefined)[]> {
    const outcomes: (string | undefined)[] = [];
    for (const { method, path, body } of requests) {
      // The server's own words, but only ever for its admin API.
      if (!/^\/admin\/realms\/[^/?#]+(?:\/[^/?#]+)*$/.test(path) || path.split("/").some((part) => /^(?:\.|%2e)+$/i.test(part)))
        throw new CommandFailure("The server names a change outside its admin API; nothing more is changed");
      const answer = await this.#connection.send(method, path, body);
      outcomes.push(answer.ok ? undefined : `the server answered ${answer.status}`);
      await answer.body?.cancel();
    }
    return outcomes;
  }

  async #realms(): Promise<readonly string[]> {
    const path = "/admin/realms?briefRepresentation=true";
    const list = await this.#connection.get<readonly { readonly realm: string }[]>(path, "to list the realms", Array.isArray);
    return list.map(({ realm }) => realm);
  }
}

const isReport = (value: unknown): boolean =>
  typeof value === "object" && value !== null && "findings" in value && Array.isArray(value.findings) && "notChecked" in value;
