import type { Json } from "../client.ts";
import { mutateJson, mutateText, NASTY } from "./mutate.ts";
import type { Random } from "./random.ts";
import type { FuzzRequest } from "./request.ts";

/** One operation of the admin API, as the server's OpenAPI document names it. */
interface Operation {
  readonly method: string;
  readonly path: string;
}

/** What there is in the realm to be changed: answers by the path template they came from. */
export interface AdminMaterial {
  readonly realm: string;
  readonly token: string;
  readonly operations: readonly Operation[];
  readonly known: ReadonlyMap<string, unknown>;
}

/** Members that a path names things by. */
const NAMES = ["id", "name", "alias", "username", "clientId"] as const;
const PARAMETER = /\{(\w+)\}/;

export async function gatherMaterial(baseUrl: string, realm: string, token: string): Promise<AdminMaterial> {
  const document = (await (await fetch(`${baseUrl}/openapi.json`)).json()) as { readonly paths: Readonly<Record<string, Json>> };
  const operations = Object.entries(document.paths)
    .filter(([path]) => path.startsWith("/admin/"))
    .flatMap(([path, methods]) => Object.keys(methods).map((method) => ({ method: method.toUpperCase(), path })));
  const known = new Map<string, unknown>();
  // Shorter paths first: what they list names what stands in longer ones.
  const reads = operations.filter(({ method }) => method === "GET").toSorted((one, other) => one.path.length - other.path.length);
  for (const { path } of reads) {
    const resolved = resolve(path, realm, known, ([first]) => first);
    const reply = await fetch(baseUrl + resolved, { headers: { authorization: `Bearer ${token}` } });
    const text = await reply.text();
    if (reply.status === 200 && reply.headers.get("content-type")?.includes("json")) known.set(path, JSON.parse(text));
  }
  return { realm, token, operations, known };
}

/** Puts names into the parameters of a template. */
function resolve(
  template: string,
  realm: string,
  known: ReadonlyMap<string, unknown>,
  choose: (names: readonly string[]) => string | undefined,
) {
  let done = "";
  let path = template;
  for (let match = PARAMETER.exec(path); match; match = PARAMETER.exec(path)) {
    done += path.slice(0, match.index);
    const before = template.slice(0, template.length - path.length + match.index - 1);
    const value = match[1] === "realm" ? realm : (choose(namesIn(known.get(before))) ?? "none");
    done += encodeURIComponent(value.toWellFormed());
    path = path.slice(match.index + match[0].length);
  }
  return done + path;
}

const namesIn = (listed: unknown): readonly string[] =>
  (Array.isArray(listed) ? (listed as readonly Json[]) : []).flatMap((one) =>
    NAMES.map((name) => one?.[name]).filter((value): value is string => typeof value === "string"),
  );

/** A request to an operation of the admin API, most with a body of which some places were changed. */
export function adminRequest(random: Random, { realm, token, operations, known }: AdminMaterial): FuzzRequest {
  let { method, path } = random.pick(operations);
  // A new realm makes keys, and the whole of one goes for good: now and then is enough.
  while (((path === "/admin/realms" && method === "POST") || (path === "/admin/realms/{realm}" && method === "DELETE")) && !random.once(20))
    ({ method, path } = random.pick(operations));
  const target = resolve(path, realm, known, (names) =>
    random.once(8) || names.length === 0
      ? random.pick([...NASTY.slice(0, 30), "00000000-0000-4000-8000-000000000001"])
      : random.pick(names),
  );
  const headers: Record<string, string> = {
    authorization: `Bearer ${random.once(40) ? mutateText(random, "x").replaceAll(/[^\x21-\x7e]/g, "?") : token}`,
  };
  const query = random.once(6) ? queryOf(random) : "";
  const kind = `${method} ${path}`;
  if (method === "GET") return { kind, method, path: target + query, headers };
  headers["content-type"] = random.once(30) ? random.pick(["text/plain", "application/x-www-form-urlencoded", ""]) : "application/json";
  const like = bodyLike(random, path, known);
  // Some stay good: a server of which every object is refused at the door is not looked at behind it.
  return { kind, method, path: target + query, headers, body: random.once(5) ? like : mutateJson(random, like) };
}

/** A body of the kind that the operation takes: what reading the same path answers, or one of what a list there holds. */
function bodyLike(random: Random, path: string, known: ReadonlyMap<string, unknown>): string {
  const here = known.get(path) ?? known.get(path.slice(0, path.lastIndexOf("/")));
  const some = random.once(10) || here === undefined ? random.pick([...known.values()]) : here;
  const one: unknown = Array.isArray(some) && some.length > 0 && random.below(4) > 0 ? random.pick(some as readonly unknown[]) : some;
  if (typeof one !== "object" || one === null || Array.isArray(one) || random.once(4)) return JSON.stringify(one);
  // As a new one: without its id, under another name, of which there are not many.
  const { id: _id, ...rest } = one as Json;
  const name = NAMES.find((member) => member in rest);
  return JSON.stringify(name ? { ...rest, [name]: `new-${random.below(50)}` } : rest);
}

function queryOf(random: Random): string {
  const names = ["first", "max", "search", "username", "exact", "q", "briefRepresentation", "type", "dateFrom", "clientId", "viewableOnly"];
  const pairs = Array.from({ length: 1 + random.below(3) }, () => [random.pick(names), random.pick(NASTY)]);
  return `?${new URLSearchParams(pairs).toString()}`;
}
