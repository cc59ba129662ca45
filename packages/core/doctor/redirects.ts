import { type ClientFacts, ownClients, type RealmFacts } from "./facts.ts";
import type { Found, Severity } from "./finding.ts";
import { changeClient, clientObject } from "./fix.ts";

/** Where codes and tokens may be sent. A `*` stands for anything, in Keycloak at the end of a URI only. */
export const wildcardRedirect = (facts: RealmFacts): readonly Found[] =>
  ownClients(facts)
    .filter(({ standardFlowEnabled, implicitFlowEnabled, bearerOnly }) => !bearerOnly && (standardFlowEnabled || implicitFlowEnabled))
    .flatMap((client): Found[] => {
      const wild = client.redirectUris.filter((uri) => uri.includes("*"));
      if (wild.length === 0) return [];
      const severity = wild.map(severityOf).toSorted((a, b) => RANK[a] - RANK[b])[0] ?? "hint";
      return [
        {
          severity,
          object: clientObject(client),
          problem:
            severity === "hint"
              ? `${client.clientId} takes any path below ${wild.join(", ")} as redirect URI.`
              : `${client.clientId} takes redirect URIs of any site: ${wild.join(", ")}.`,
          fix: changeClient(
            facts,
            client,
            { redirectUris: narrowed(client) },
            { says: "Name the addresses that the application really returns to." },
          ),
        },
      ];
    });

const RANK: Readonly<Record<Severity, number>> = { critical: 0, warning: 1, hint: 2 };

/** A wildcard behind the first slash after a host, or below the client's root, stays on that site. */
function severityOf(uri: string): Severity {
  if (/^[a-z][\w+.-]*:\/\/[^/*?#]+\/.*\*$/i.test(uri) || /^\/(?!\/)/.test(uri)) return "hint";
  // `https://*`, `*`, `https://app.example.com*`: the last one fits app.example.com.evil.example too.
  return "critical";
}

/** The client's exact ones; where there are none, a place for the reader to fill in. */
function narrowed({ redirectUris }: ClientFacts): readonly string[] {
  const exact = redirectUris.filter((uri) => !uri.includes("*"));
  const sites = redirectUris.filter((uri) => uri.includes("*") && severityOf(uri) === "hint").map((uri) => uri.replace(/\*+$/, "<path>"));
  const kept = [...exact, ...sites];
  return kept.length > 0 ? kept : ["https://<host>/<path>"];
}
