import type { Json } from "@cambist/store/config-ports.ts";
import { RealmNode } from "../../../imports/realm-node.ts";
import { reading } from "../../read-representation.ts";

/** Client authentication methods of OpenID Connect, as Keycloak's kinds of client authentication. */
const AUTHENTICATORS: Readonly<Record<string, string>> = {
  client_secret_basic: "client-secret",
  client_secret_post: "client-secret",
  client_secret_jwt: "client-secret-jwt",
  private_key_jwt: "client-jwt",
  tls_client_auth: "client-x509",
};
const METHODS: Readonly<Record<string, string>> = {
  "client-secret": "client_secret_basic",
  "client-secret-jwt": "client_secret_jwt",
  "client-jwt": "private_key_jwt",
  "client-x509": "tls_client_auth",
};

/** Metadata of one text member each, and the attribute that holds it. */
const TEXT_ATTRIBUTES: readonly (readonly [metadata: string, attribute: string])[] = [
  ["logo_uri", "logoUri"],
  ["policy_uri", "policyUri"],
  ["tos_uri", "tosUri"],
  ["jwks_uri", "jwks.url"],
  ["backchannel_logout_uri", "backchannel.logout.url"],
  ["frontchannel_logout_uri", "frontchannel.logout.url"],
  ["id_token_signed_response_alg", "id.token.signed.response.alg"],
  ["userinfo_signed_response_alg", "user.info.response.signature.alg"],
  ["request_object_signing_alg", "request.object.signature.alg"],
  ["token_endpoint_auth_signing_alg", "token.endpoint.auth.signing.alg"],
  ["tls_client_auth_subject_dn", "x509.subjectdn"],
];
const FLAG_ATTRIBUTES: readonly (readonly [metadata: string, attribute: string])[] = [
  ["backchannel_logout_session_required", "backchannel.logout.session.required"],
  ["frontchannel_logout_session_required", "frontchannel.logout.session.required"],
  ["tls_client_certificate_bound_access_tokens", "tls.client.certificate.bound.access.tokens"],
  ["dpop_bound_access_tokens", "dpop.bound.access.tokens"],
  ["require_pushed_authorization_requests", "require.pushed.authorization.requests"],
];
const DEVICE = "urn:ietf:params:oauth:grant-type:device_code";

/**
 * A client representation from client metadata (RFC 7591 §2, OpenID Connect Registration §2); unknown metadata is ignored, as both say.
 * @throws {AdminError} 400 a wrong type
 */
export function clientOfMetadata(metadata: unknown): Json {
  return reading(() => {
    const node = new RealmNode("body", "", metadata);
    const grants = node.texts("grant_types");
    const responses = (node.texts("response_types") ?? ["code"]).map((type) => type.split(" "));
    const method = node.text("token_endpoint_auth_method");
    const attributes: Record<string, string> = {};
    for (const [member, attribute] of TEXT_ATTRIBUTES) {
      const value = node.text(member);
      if (value !== undefined) attributes[attribute] = value;
    }
    for (const [member, attribute] of FLAG_ATTRIBUTES) {
      const value = node.flag(member);
      if (value !== undefined) attributes[attribute] = String(value);
    }
    if (attributes["jwks.url"] !== undefined) attributes["use.jwks.url"] = "true";
    const logout = node.texts("post_logout_redirect_uris");
    if (logout) attributes["post.logout.redirect.uris"] = logout.join("##");
    if (grants) attributes["oauth2.device.authorization.grant.enabled"] = String(grants.includes(DEVICE));
    const scope = node.text("scope");
    return {
      ...optional("name", node.text("client_name")),
      ...optional("baseUrl", node.text("client_uri")),
      ...optional("redirectUris", node.texts("redirect_uris")),
      protocol: "openid-connect",
      publicClient: method === "none",
      clientAuthenticatorType: AUTHENTICATORS[method ?? "client_secret_basic"] ?? "client-secret",
      standardFlowEnabled: responses.some((types) => types.includes("code")) && (grants?.includes("authorization_code") ?? true),
      implicitFlowEnabled:
        responses.some((types) => types.includes("token") || types.includes("id_token")) && (grants?.includes("implicit") ?? true),
      directAccessGrantsEnabled: grants?.includes("password") ?? false,
      ...(grants?.includes("client_credentials") && { serviceAccountsEnabled: true }),
      frontchannelLogout: attributes["frontchannel.logout.url"] !== undefined,
      ...optional(
        "optionalClientScopes",
        scope?.split(" ").filter((word) => word !== ""),
      ),
      attributes,
    };
  });
}

/** What the description of a client says for attributes that every client has (`client-description-converter`). */
export const DESCRIBED_ATTRIBUTES: Json = {
  "backchannel.logout.session.required": "true",
  "backchannel.logout.revoke.offline.tokens": "false",
  "frontchannel.logout.session.required": "false",
};

const optional = (member: string, value: unknown): Json => (value === undefined ? {} : { [member]: value });

/** A client's metadata, from its representation. */
export function metadataOfClient(client: Json): Json {
  const attributes = (client["attributes"] ?? {}) as Readonly<Record<string, string>>;
  const is = (member: string): boolean => client[member] === true;
  const redirectUris = (client["redirectUris"] ?? []) as readonly string[];
  const logout = attributes["post.logout.redirect.uris"];
  const texts = TEXT_ATTRIBUTES.flatMap(([member, attribute]) => (attributes[attribute] ? [[member, attributes[attribute]] as const] : []));
  return {
    redirect_uris: redirectUris,
    token_endpoint_auth_method: is("publicClient") ? "none" : METHODS[String(client["clientAuthenticatorType"])],
    grant_types: [
      ...(is("standardFlowEnabled") ? ["authorization_code"] : []),
      ...(is("implicitFlowEnabled") ? ["implicit"] : []),
      ...(is("directAccessGrantsEnabled") ? ["password"] : []),
      ...(is("serviceAccountsEnabled") ? ["client_credentials"] : []),
      ...(attributes["oauth2.device.authorization.grant.enabled"] === "true" ? [DEVICE] : []),
      ...(attributes["use.refresh.tokens"] === "false" ? [] : ["refresh_token"]),
    ],
    response_types: [
      ...(is("standardFlowEnabled") ? ["code", "none"] : []),
      ...(is("implicitFlowEnabled") ? ["id_token", "id_token token"] : []),
      ...(is("standardFlowEnabled") && is("implicitFlowEnabled") ? ["code id_token", "code token", "code id_token token"] : []),
    ],
    client_id: client["clientId"],
    ...optional("client_secret", client["secret"]),
    ...optional("client_name", client["name"]),
    ...optional("client_uri", client["baseUrl"]),
    scope: ((client["optionalClientScopes"] ?? []) as readonly string[]).join(" "),
    subject_type: "public",
    request_uris: [],
    ...Object.fromEntries(texts),
    ...Object.fromEntries(FLAG_ATTRIBUTES.map(([member, attribute]) => [member, attributes[attribute] === "true"])),
    post_logout_redirect_uris: logout === undefined || logout === "" || logout === "+" ? redirectUris : logout.split("##"),
    client_secret_expires_at: 0,
  };
}
