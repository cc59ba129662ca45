import { ACCESS_TOKEN, basicOf, ID_TOKEN, JWT, REFRESH_TOKEN, SAML2, TOKEN_EXCHANGE, type Tokens } from "../client.ts";
import { mutateText, mutateToken, NASTY } from "./mutate.ts";
import type { Random } from "./random.ts";
import type { FuzzRequest } from "./request.ts";

/** What good requests to the protocol endpoints are made of. */
export interface ProtocolMaterial {
  readonly realm: string;
  readonly tokens: readonly Tokens[];
}

type Field = readonly [name: string, value: string];
const FORM = "application/x-www-form-urlencoded";
const CLIENTS = ["gate", "orders", "billing", "ledger", "catalog", "kiosk", "storefront", "helpdesk", "robot", "reports", "plain", "shut"];
const TYPES = [ACCESS_TOKEN, REFRESH_TOKEN, ID_TOKEN, JWT, SAML2];
const CONTENT_TYPES = [
  FORM,
  `${FORM}; charset=utf-8`,
  `${FORM}; charset=utf-16`,
  "application/json",
  "text/plain",
  "multipart/form-data; boundary=b",
  "multipart/form-data",
  ";;;",
  "",
];
const METHODS = ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"];
const ENDPOINTS = ["token", "token/introspect", "revoke", "userinfo", "logout", "certs", "auth", "nothing"];

/** A request to a protocol endpoint that was a good one before something happened to it; one in six stays good. */
export function protocolRequest(random: Random, material: ProtocolMaterial): FuzzRequest {
  const { kind, endpoint, fields } = goodForm(random, material);
  const headers: Record<string, string> = { "content-type": FORM };
  let path = `/realms/${material.realm}${endpoint.startsWith("/") ? "" : "/protocol/openid-connect/"}${endpoint}`;
  let method = "POST";
  let form: readonly Field[] = fields;
  const changes = random.once(6) ? 0 : 1 + random.below(2);
  for (let change = 0; change < changes; change += 1) {
    switch (random.below(12)) {
      case 0:
        headers["content-type"] = random.pick(CONTENT_TYPES);
        break;
      case 1:
        Object.assign(headers, strangeHeader(random));
        break;
      case 2:
        if (random.once(3)) method = random.pick(METHODS);
        break;
      case 3:
        if (random.once(3)) path = strangePath(random, path, material.realm);
        break;
      default:
        form = mutateForm(random, form);
    }
  }
  if (method === "GET" || method === "HEAD") return { kind, method, path: `${path}?${encode(form)}`, headers: withoutType(headers) };
  return { kind, method, path, headers, body: bodyOf(random, form) };
}

/** @returns a body that is not always what a form should be */
function bodyOf(random: Random, form: readonly Field[]): string | Buffer {
  const body = encode(form);
  switch (random.below(30)) {
    case 0:
      return mutateText(random, body);
    case 1:
      return `${body}&filler=${"x".repeat(random.below(80_000))}`;
    case 2:
      return Buffer.concat([Buffer.from(`${body}&scope=`), Buffer.from(Array.from({ length: 8 }, () => random.below(256)))]);
    case 3:
      return `${body}${"&a=1".repeat(random.below(300))}`;
    case 4:
      return body.replaceAll("=", random.pick(["", "==", "%3D"]));
    case 5:
      return `--b\r\ncontent-disposition: form-data; name="grant_type"\r\n\r\n${TOKEN_EXCHANGE}\r\n--b--`;
    default:
      return body;
  }
}

function goodForm(random: Random, { tokens }: ProtocolMaterial) {
  const { access_token: access, refresh_token: refresh, id_token: id } = random.pick(tokens);
  const clientId = random.pick(CLIENTS);
  const client: readonly Field[] = [
    ["client_id", clientId],
    ["client_secret", `${clientId}-secret`],
  ];
  const exchange = (more: readonly Field[]): readonly Field[] => [
    ["grant_type", TOKEN_EXCHANGE],
    ...client,
    ["subject_token", random.once(10) ? random.pick([refresh, id]) : access],
    ["subject_token_type", random.once(10) ? random.pick(TYPES) : ACCESS_TOKEN],
    ...more,
  ];
  switch (random.below(14)) {
    case 0:
      return { kind: "client credentials", endpoint: "token", fields: [["grant_type", "client_credentials"], ...client] as Field[] };
    case 1:
      return {
        kind: "refresh",
        endpoint: "token",
        fields: [
          ["grant_type", "refresh_token"],
          ["client_id", "storefront"],
          // A good one would be used up by the first and end the session at the second.
          ["refresh_token", random.once(2) ? mutateToken(random, refresh) : access],
        ] as Field[],
      };
    case 2:
      return {
        kind: "introspection",
        endpoint: "token/introspect",
        fields: [...client, ["token", random.pick([access, refresh, id])]] as Field[],
      };
    case 3:
      // Not its own client's: a good revocation would end the others' material.
      return { kind: "revocation", endpoint: "revoke", fields: [...client, ["token", mutateToken(random, access)]] as Field[] };
    case 4:
      return { kind: "userinfo", endpoint: "userinfo", fields: [["access_token", access]] as Field[] };
    case 5:
      return {
        kind: "logout",
        endpoint: "logout",
        fields: [...client, ["refresh_token", mutateToken(random, refresh)]] as Field[],
      };
    case 6:
      return {
        kind: "impersonation",
        endpoint: "token",
        fields: exchange([["requested_subject", random.pick(["ben", "ada", "chief", "nobody"])]]),
      };
    case 7:
      return random.once(4)
        ? {
            // Seldom: each one hashes a password.
            kind: "password",
            endpoint: "token",
            fields: [
              ["grant_type", "password"],
              ["client_id", "storefront"],
              ["username", "nobody"],
              ["password", random.pick(NASTY)],
            ] as Field[],
          }
        : { kind: "exchange", endpoint: "token", fields: exchange([["requested_issuer", "nowhere"]]) };
    case 8:
      return {
        kind: "delegation",
        endpoint: "token",
        fields: exchange([
          ["actor_token", access],
          ["actor_token_type", ACCESS_TOKEN],
        ]),
      };
    case 9:
      return {
        kind: "link",
        endpoint: "/login-actions/action-token",
        fields: [
          ["key", random.pick([refresh, access])],
          ["password-new", random.pick(NASTY)],
          ["password-confirm", random.pick(NASTY)],
        ] as Field[],
      };
    default:
      return {
        kind: "exchange",
        endpoint: "token",
        fields: exchange([
          ["audience", random.pick(CLIENTS)],
          ...(random.once(2) ? [["scope", random.pick(["openid", "openid email", "profile phone"])] as const] : []),
          ...(random.once(3) ? [["requested_token_type", random.pick(TYPES)] as const] : []),
          ...(random.once(5) ? [["resource", "https://orders.example/api"] as const] : []),
        ]),
      };
  }
}

function mutateForm(random: Random, form: readonly Field[]): readonly Field[] {
  if (form.length === 0) return [[random.pick(NASTY), random.pick(NASTY)]];
  const at = random.below(form.length);
  const [name, value] = form[at] as Field;
  const isToken = value.split(".").length === 3 && value.length > 100;
  switch (random.below(8)) {
    case 0:
      return form.toSpliced(at, 1);
    case 1:
      return [...form, [name, random.once(2) ? value : mutateText(random, value)]];
    case 2:
      return form.with(at, [mutateText(random, name), value]);
    case 3:
      return [...form, [random.pick(NASTY), random.pick(NASTY)]];
    case 4:
      return form.with(at, [name, (form[random.below(form.length)] as Field)[1]]);
    default:
      return form.with(at, [name, isToken ? mutateToken(random, value) : mutateText(random, value)]);
  }
}

/** What a header may hold as far as Node's client lets us; other bytes go over a bare connection. */
const visible = (text: string): string => text.replaceAll(/[^\x20-\x7e\x80-\xff]/g, "?");

function strangeHeader(random: Random): Readonly<Record<string, string>> {
  const value = visible(random.pick(NASTY));
  switch (random.below(9)) {
    case 0:
      return basicOf(random.pick(CLIENTS));
    case 1:
      return { authorization: `Basic ${value}` };
    case 2:
      return { authorization: `Basic ${Buffer.from(value).toString("base64")}` };
    case 3:
      return { authorization: visible(`Bearer ${value}`) };
    case 4:
      return { host: value.replaceAll(/[\s]/g, "") || "x" };
    case 5:
      return { "x-forwarded-for": value, "x-forwarded-host": value, "x-forwarded-proto": value, forwarded: `for=${value}` };
    case 6:
      return { origin: value, referer: value, cookie: `KEYCLOAK_IDENTITY=${value}` };
    case 7:
      return { accept: value, "accept-language": value, "accept-encoding": value, "user-agent": value };
    default:
      return { dpop: value, "x-request-id": value, "content-encoding": random.pick(["gzip", "identity", "br", "nonsense"]) };
  }
}

const escape = (text: string): string => encodeURIComponent(text.toWellFormed());

function strangePath(random: Random, path: string, realm: string): string {
  switch (random.below(5)) {
    case 0:
      return path.replace(realm, escape(random.pick(NASTY)) || "x");
    case 1:
      return path.replace("/protocol/", "/protocol//");
    case 2:
      return `${path}?${encode([[random.pick(NASTY), random.pick(NASTY)]])}`;
    case 3:
      return `/realms/${realm}/protocol/openid-connect/${random.pick(ENDPOINTS)}`;
    default:
      return `${path}/${escape(random.pick(NASTY))}`;
  }
}

const withoutType = ({ "content-type": _type, ...headers }: Readonly<Record<string, string>>): Readonly<Record<string, string>> => headers;
const encode = (form: readonly Field[]): string => new URLSearchParams(form.map(([name, value]) => [name, value])).toString();
