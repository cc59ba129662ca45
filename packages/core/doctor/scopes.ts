import { type UnsupportedMapper, unsupportedMappers } from "../claims/mapper-plan.ts";
import type { ProtocolMapper } from "../model.ts";
import { type ClientFacts, ownClients, type RealmFacts } from "./facts.ts";
import type { Fix, Found } from "./finding.ts";
import { changeClient, clientObject, realmObject, request } from "./fix.ts";

/** Every role of the user goes into every token. */
export const fullScope = (facts: RealmFacts): readonly Found[] =>
  ownClients(facts)
    .filter(({ fullScopeAllowed }) => fullScopeAllowed)
    .map((client) => ({
      severity: "warning",
      object: clientObject(client),
      problem: `Full Scope is on: tokens for ${client.clientId} carry every role that their user has anywhere.`,
      fix: changeClient(
        facts,
        client,
        { fullScopeAllowed: false },
        {
          says: "Turn Full Scope off, after mapping the roles that its tokens need (scope mappings of the client).",
        },
      ),
    }));

const AUDIENCE_MAPPERS: ReadonlySet<string> = new Set(["oidc-audience-mapper", "oidc-audience-resolve-mapper"]);
const isForAccessTokens = ({ type, config }: ProtocolMapper): boolean =>
  AUDIENCE_MAPPERS.has(type) && config["access.token.claim"] !== "false";
const namesAudience = ({ mappers, defaultScopes }: ClientFacts): boolean =>
  [...mappers, ...defaultScopes.flatMap((scope) => scope.mappers)].some(isForAccessTokens);
const getsTokens = ({
  bearerOnly,
  standardFlowEnabled,
  implicitFlowEnabled,
  directAccessGrantsEnabled,
  serviceAccountsEnabled,
}: ClientFacts): boolean =>
  !bearerOnly && (standardFlowEnabled || implicitFlowEnabled || directAccessGrantsEnabled || serviceAccountsEnabled);

/** Nothing puts an audience into the client's tokens. */
export const audienceMissing = (facts: RealmFacts): readonly Found[] =>
  ownClients(facts)
    .filter((client) => getsTokens(client) && !namesAudience(client))
    .map((client) => ({
      severity: "warning",
      object: clientObject(client),
      problem: `No mapper of ${client.clientId} or its default client scopes writes an audience: its tokens do not say for whom they are.`,
      fix: request(
        facts,
        "POST",
        `/clients/${encodeURIComponent(client.id)}/protocol-mappers/models`,
        {
          name: `audience ${client.clientId}`,
          protocol: "openid-connect",
          protocolMapper: "oidc-audience-mapper",
          config: { "included.client.audience": client.clientId, "access.token.claim": "true", "id.token.claim": "false" },
        },
        {
          says: "Add an audience mapper for the service that the client calls (here: for the client itself), or the client scope `roles`.",
        },
      ),
    }));

/** One call where it is the client's own; what a client scope holds is for whoever looks after that. */
function removal(facts: RealmFacts, client: ClientFacts, mapper: string | undefined, where: string): Fix {
  const says = `Delete the mapper from ${where}, or replace it with one that is known here.`;
  const id = client.mappers.find(({ name }) => name === mapper)?.id;
  if (id === undefined) return { says, safe: false };
  const path = `/clients/${encodeURIComponent(client.id)}/protocol-mappers/models/${encodeURIComponent(id)}`;
  return request(facts, "DELETE", path, undefined, { says });
}

/** A mapper that does nothing, where it stands, and one of the clients it stands for. */
interface SilentMapper extends UnsupportedMapper {
  readonly client: ClientFacts;
  /** `client shop`, or the client scope. */
  readonly where: string;
}

/** Each once: a client scope is shared by its clients. */
export function ignoredMappers(facts: Pick<RealmFacts, "clients">): readonly SilentMapper[] {
  const found = new Map<string, SilentMapper>();
  for (const client of ownClients(facts)) {
    for (const one of unsupportedMappers(client)) {
      const { clientScope, mapper } = one;
      const where = clientScope === undefined ? `client ${client.clientId}` : `client scope ${clientScope}`;
      const key = JSON.stringify(clientScope === undefined ? [client.id, mapper] : [clientScope, mapper]);
      if (!found.has(key)) found.set(key, { ...one, client, where });
    }
  }
  return [...found.values()];
}

/** Stored and served, but without effect on tokens. */
export const ignoredMapper = (facts: RealmFacts): readonly Found[] =>
  ignoredMappers(facts).map(({ client, mapper, type, clientScope, where, problem }) => ({
    severity: "hint",
    object: clientScope === undefined ? clientObject(client) : realmObject(facts),
    problem: `The mapper ${mapper} (${type}) of ${where} writes nothing: ${problem}.`,
    fix: removal(facts, client, clientScope === undefined ? mapper : undefined, where),
  }));
