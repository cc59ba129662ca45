import { escapeClaimPart, parseClaimPath, pathProblem } from "../claim-path.ts";
import { toClaimValue } from "../claim-value.ts";
import { readClaim, union, writeClaim, type Draft, type TokenRoles } from "../draft.ts";
import { audienceShaper, destinationsOf, EVERYWHERE, PRIORITY, type MapperCompiler } from "./mapper.ts";

/** `oidc-usermodel-realm-role-mapper`: realm roles, into `realm_access.roles` or a claim of its own. */
export const realmRoles: MapperCompiler = ({ config }) => {
  const path = parseClaimPath(config["claim.name"] ?? "");
  const prefix = config["usermodel.realmRoleMapping.rolePrefix"] ?? "";
  const destinations = destinationsOf(config, EVERYWHERE);
  const rolesOf = (draft: Draft): readonly string[] => prefixed(draft.roles().realm, prefix);
  if (path.length === 2 && path[0] === "realm_access" && path[1] === "roles")
    return {
      priority: PRIORITY.roles,
      destinations,
      write: (draft) => {
        const roles = rolesOf(draft);
        if (roles.length > 0) draft.realmAccess = union(draft.realmAccess, roles);
      },
    };
  const problem = pathProblem(path);
  if (problem !== undefined) return { problem };
  return { priority: PRIORITY.roles, destinations, write: (draft) => writeRoles(draft, path, rolesOf(draft), config) };
};

/** `oidc-usermodel-client-role-mapper`: roles of all clients or of one; `${client_id}` in the claim name is the client of the roles. */
export const clientRoles: MapperCompiler = ({ config }) => {
  const name = config["claim.name"] ?? "";
  const only = config["usermodel.clientRoleMapping.clientId"] ?? "";
  const prefix = config["usermodel.clientRoleMapping.rolePrefix"] ?? "";
  // A placeholder is resolved per client; what may be written is the same for each.
  const sample = pathFor(name, "client");
  const access = sample.length === 3 && sample[0] === "resource_access" && sample[2] === "roles";
  const problem = access ? undefined : pathProblem(sample);
  if (problem !== undefined) return { problem };
  const resolved = name.includes(PLACEHOLDER) ? undefined : sample;
  // Nearly always the whole middle part is the placeholder.
  const direct = access && sample[1] === "client" && name.includes(`.${PLACEHOLDER}.`);

  const write = (draft: Draft, clientId: string, names: readonly string[]): void => {
    const roles = prefixed(names, prefix);
    if (roles.length === 0) return;
    if (!access) {
      writeRoles(draft, resolved ?? pathFor(name, clientId), roles, config);
      return;
    }
    const owner = direct ? clientId : ((resolved ?? pathFor(name, clientId))[1] ?? clientId);
    draft.resourceAccess.set(owner, union(draft.resourceAccess.get(owner), roles));
  };
  return {
    priority: PRIORITY.roles,
    destinations: destinationsOf(config, EVERYWHERE),
    write: (draft) => {
      const { clients } = draft.roles();
      if (only !== "") write(draft, only, clients.get(only) ?? []);
      else for (const [clientId, names] of clients) write(draft, clientId, names);
    },
  };
};

/** `oidc-hardcoded-role-mapper`: a role for every token (`role` or `client.role`); role mappers decide whether it shows. */
export const hardcodedRole: MapperCompiler = ({ config }) => {
  const role = config["role"] ?? "";
  if (role === "") return { problem: "it names no role" };
  const added = parseRole(role);
  return audienceShaper(PRIORITY.hardcodedRole, EVERYWHERE, (draft) => addRole(draft.roles(), added));
};

/** `oidc-role-name-mapper`: a held role under another name (`role` and `new.role.name`, each `role` or `client.role`). */
export const roleName: MapperCompiler = ({ config }) => {
  const [before, after] = [config["role"] ?? "", config["new.role.name"] ?? ""];
  if (before === "" || after === "") return { problem: "it names no role" };
  const from = parseRole(before);
  const to = parseRole(after);
  const renamed: NamedRole = { name: to.name, clientId: to.clientId ?? from.clientId };
  return audienceShaper(PRIORITY.roleName, EVERYWHERE, (draft) => {
    const roles = draft.roles();
    const held = from.clientId === undefined ? roles.realm : (roles.clients.get(from.clientId) ?? []);
    if (!held.includes(from.name)) return;
    const kept = held.filter((name) => name !== from.name);
    if (from.clientId === undefined) roles.realm = kept;
    else roles.clients.set(from.clientId, kept);
    addRole(roles, renamed);
  });
};

interface NamedRole {
  readonly name: string;
  readonly clientId: string | undefined;
}
const PLACEHOLDER = "${client_id}";

const pathFor = (name: string, clientId: string): readonly string[] =>
  parseClaimPath(name.replaceAll(PLACEHOLDER, () => escapeClaimPart(clientId)));

/** Everything before the last dot is the client. */
function parseRole(text: string): NamedRole {
  const dot = text.lastIndexOf(".");
  return dot === -1 ? { name: text, clientId: undefined } : { name: text.slice(dot + 1), clientId: text.slice(0, dot) };
}

function addRole(roles: TokenRoles, { name, clientId }: NamedRole): void {
  if (clientId === undefined) roles.realm = union(roles.realm, [name]);
  else roles.clients.set(clientId, union(roles.clients.get(clientId), [name]));
}

const prefixed = (names: readonly string[], prefix: string): readonly string[] =>
  prefix === "" ? names : names.map((name) => prefix + name);

/** Several mappers may add to one claim. Without `multivalued` Keycloak writes the list as text. */
function writeRoles(draft: Draft, path: readonly string[], roles: readonly string[], config: Readonly<Record<string, string>>): void {
  if (roles.length === 0) return;
  if (config["multivalued"] !== "true") {
    writeClaim(draft, path, `[${roles.join(", ")}]`);
    return;
  }
  const values = toClaimValue(roles, true, config["jsonType.label"]);
  const present = readClaim(draft, path);
  writeClaim(draft, path, Array.isArray(present) && Array.isArray(values) ? [...new Set<unknown>([...present, ...values])] : values);
}
