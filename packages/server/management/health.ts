/** What the process knows about itself. A probe that throws, rejects or takes too long means no. */
export interface HealthProbes {
  /** Requests can be answered: the database takes reads and writes. */
  ready(): boolean | Promise<boolean>;
  /** The start is complete. */
  started(): boolean;
}

export interface HealthAnswer {
  readonly up: boolean;
  /** JSON, laid out as Keycloak's. */
  readonly body: string;
}

/** The one check that Keycloak 26.1 lists; monitoring looks for its name. */
const DATABASE_CHECK = "Keycloak database connections async health check";
/** How long a probe may take, in milliseconds. */
const PATIENCE_MS = 1000;

/**
 * The answer of a health path, undefined where there is no such path. `live` is up as soon as the process answers.
 * @see Keycloak 26.1: `/health` and `/health/ready` list the database check, the others none; DOWN is 503
 */
export async function healthAnswer(path: string, probes: HealthProbes, patienceMs = PATIENCE_MS): Promise<HealthAnswer | undefined> {
  switch (path) {
    case "/health":
    case "/health/ready": {
      const up = (await isUp(() => probes.started(), patienceMs)) && (await isUp(() => probes.ready(), patienceMs));
      return { up, body: render(up, [DATABASE_CHECK]) };
    }
    case "/health/started": {
      const up = await isUp(() => probes.started(), patienceMs);
      return { up, body: render(up, []) };
    }
    case "/health/live":
      return { up: true, body: render(true, []) };
    default:
      return undefined;
  }
}

async function isUp(probe: () => boolean | Promise<boolean>, patienceMs: number): Promise<boolean> {
  const late = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => late.resolve(false), patienceMs);
  try {
    return await Promise.race([probe(), late.promise]);
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}

/** Keycloak writes an empty list of checks over two lines, which `JSON.stringify` does not. */
function render(up: boolean, checks: readonly string[]): string {
  const status = up ? "UP" : "DOWN";
  const listed = checks.map(
    (name) => `        {\n            "name": ${JSON.stringify(name)},\n            "status": "${status}"\n        }\n`,
  );
  return `{\n    "status": "${status}",\n    "checks": [\n${listed.join(",")}    ]\n}`;
}
