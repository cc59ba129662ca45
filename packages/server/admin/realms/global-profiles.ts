import type { Json } from "@cambist/store/config-ports.ts";

/** Client profiles that every realm has (Keycloak 26.1.3); they are served to tools and may be named by policies. */
export const GLOBAL_PROFILES: readonly Json[] = [
  {
    name: "fapi-1-baseline",
    description:
      "Client profile, which enforce clients to conform 'Financial-grade API Security Profile 1.0 - Part 1: Baseline' specification.",
    executors: [
      {
        executor: "secure-client-authenticator",
        configuration: {
          "allowed-client-authenticators": ["client-jwt", "client-secret-jwt", "client-x509"],
          "default-client-authenticator": "client-jwt",
        },
      },
      {
        executor: "consent-required",
        configuration: {
          "auto-configure": true,
        },
      },
      {
        executor: "full-scope-disabled",
        configuration: {
          "auto-configure": true,
        },
      },
      {
        executor: "pkce-enforcer",
        configuration: {
          "auto-configure": true,
        },
      },
      {
        executor: "secure-client-uris",
        configuration: {},
      },
      {
        executor: "secure-session",
        configuration: {},
      },
    ],
  },
  {
    name: "fapi-1-advanced",
    description:
      "Client profile, which enforce clients to conform 'Financial-grade API Security Profile 1.0 - Part 2: Advanced' specification.",
    executors: [
      {
        executor: "secure-response-type",
        configuration: {
          "allow-token-response-type": false,
          "auto-configure": true,
        },
      },
      {
        executor: "secure-client-authenticator",
        configuration: {
          "allowed-client-authenticators": ["client-jwt", "client-x509"],
          "default-client-authenticator": "client-jwt",
        },
      },
      {
        executor: "consent-required",
        configuration: {
          "auto-configure": true,
        },
      },
      {
        executor: "full-scope-disabled",
        configuration: {
          "auto-configure": true,
        },
      },
      {
        executor: "holder-of-key-enforcer",
        configuration: {
          "auto-configure": true,
        },
      },
      {
        executor: "secure-request-object",
        configuration: {
          "available-period": "3600",
          "verify-nbf": true,
        },
      },
      {
        executor: "secure-signature-algorithm",
        configuration: {
          "default-algorithm": "PS256",
        },
      },
      {
        executor: "secure-signature-algorithm-signed-jwt",
        configuration: {
          "require-client-assertion": false,
        },
      },
      {
        executor: "confidential-client",
        configuration: {},
      },
      {
        executor: "secure-client-uris",
        configuration: {},
      },
      {
        executor: "secure-session",
        configuration: {},
      },
    ],
  },
  {
    name: "fapi-ciba",
    description:
      "Client profile, which enforce clients to conform 'Financial-grade API: Client Initiated Backchannel Authentication Profile' specification (Implementer's Draft ver1'). To satisfy FAPI-CIBA, both this profile and fapi-1-advanced global profile need to be used.",
    executors: [
      {
        executor: "secure-ciba-signed-authn-req",
        configuration: {
          "available-period": "3600",
        },
      },
      {
        executor: "secure-ciba-req-sig-algorithm",
        configuration: {
          "default-algorithm": "PS256",
        },
      },
      {
        executor: "secure-ciba-session",
        configuration: {},
      },
    ],
  },
  {
    name: "fapi-2-security-profile",
    description: "Client profile, which enforce clients to conform 'FAPI 2.0 Security Profile' specification.",
    executors: [
      {
        executor: "secure-client-authenticator",
        configuration: {
          "allowed-client-authenticators": ["client-jwt", "client-x509"],
          "default-client-authenticator": "client-jwt",
        },
      },
      {
        executor: "holder-of-key-enforcer",
        configuration: {
          "auto-configure": "true",
        },
      },
      {
        executor: "pkce-enforcer",
        configuration: {
          "auto-configure": "true",
        },
      },
      {
        executor: "reject-implicit-grant",
        configuration: {
          "auto-configure": "true",
        },
      },
      {
        executor: "consent-required",
        configuration: {
          "auto-configure": true,
        },
      },
      {
        executor: "full-scope-disabled",
        configuration: {
          "auto-configure": true,
        },
      },
      {
        executor: "secure-signature-algorithm",
        configuration: {
          "default-algorithm": "PS256",
        },
      },
      {
        executor: "secure-signature-algorithm-signed-jwt",
        configuration: {
          "require-client-assertion": false,
        },
      },
      {
        executor: "confidential-client",
        configuration: {},
      },
      {
        executor: "secure-client-uris",
        configuration: {},
      },
      {
        executor: "secure-par-content",
        configuration: {},
      },
    ],
  },
  {
    name: "fapi-2-message-signing",
    description: "Client profile, which enforce clients to conform 'FAPI 2.0 Message Signing' specification.",
    executors: [
      {
        executor: "secure-client-authenticator",
        configuration: {
          "allowed-client-authenticators": ["client-jwt", "client-x509"],
          "default-client-authenticator": "client-jwt",
        },
      },
      {
        executor: "holder-of-key-enforcer",
        configuration: {
          "auto-configure": "true",
        },
      },
      {
        executor: "pkce-enforcer",
        configuration: {
          "auto-configure": "true",
        },
      },
      {
        executor: "reject-implicit-grant",
        configuration: {
          "auto-configure": "true",
        },
      },
      {
        executor: "consent-required",
        configuration: {
          "auto-configure": true,
        },
      },
      {
        executor: "full-scope-disabled",
        configuration: {
          "auto-configure": true,
        },
      },
      {
        executor: "secure-request-object",
        configuration: {
          "available-period": "3600",
          "encryption-required": false,
          "verify-nbf": true,
        },
      },
      {
        executor: "secure-signature-algorithm",
        configuration: {
          "default-algorithm": "PS256",
        },
      },
      {
        executor: "secure-signature-algorithm-signed-jwt",
        configuration: {
          "require-client-assertion": false,
        },
      },
      {
        executor: "confidential-client",
        configuration: {},
      },
      {
        executor: "secure-client-uris",
        configuration: {},
      },
      {
        executor: "secure-par-content",
        configuration: {},
      },
    ],
  },
  {
    name: "oauth-2-1-for-confidential-client",
    description: "Client profile, which enforce confidential clients to conform 'OAuth 2.1' specification.",
    executors: [
      {
        executor: "secure-redirect-uris-enforcer",
        configuration: {
          "allow-ipv4-loopback-address": "true",
          "allow-ipv6-loopback-address": "true",
          "allow-private-use-uri-scheme": "true",
          "oauth-2-1-compliant": "true",
        },
      },
      {
        executor: "secure-client-authenticator",
        configuration: {
          "allowed-client-authenticators": ["client-jwt", "client-x509"],
          "default-client-authenticator": "client-jwt",
        },
      },
      {
        executor: "holder-of-key-enforcer",
        configuration: {
          "auto-configure": "true",
        },
      },
      {
        executor: "pkce-enforcer",
        configuration: {
          "auto-configure": "true",
        },
      },
      {
        executor: "reject-implicit-grant",
        configuration: {
          "auto-configure": "true",
        },
      },
      {
        executor: "reject-ropc-grant",
        configuration: {
          "auto-configure": "true",
        },
      },
      {
        executor: "confidential-client",
        configuration: {},
      },
    ],
  },
  {
    name: "oauth-2-1-for-public-client",
    description: "Client profile, which enforce public clients to conform 'OAuth 2.1' specification.",
    executors: [
      {
        executor: "secure-redirect-uris-enforcer",
        configuration: {
          "allow-ipv4-loopback-address": "true",
          "allow-ipv6-loopback-address": "true",
          "allow-private-use-uri-scheme": "true",
          "oauth-2-1-compliant": "true",
        },
      },
      {
        executor: "dpop-bind-enforcer",
        configuration: {
          "auto-configure": "true",
        },
      },
      {
        executor: "pkce-enforcer",
        configuration: {
          "auto-configure": "true",
        },
      },
      {
        executor: "reject-implicit-grant",
        configuration: {
          "auto-configure": "true",
        },
      },
      {
        executor: "reject-ropc-grant",
        configuration: {
          "auto-configure": "true",
        },
      },
    ],
  },
  {
    name: "saml-security-profile",
    description: "Client profile that enforces SAML clients to be secure.",
    executors: [
      {
        executor: "saml-avoid-redirect",
        configuration: {},
      },
      {
        executor: "saml-secure-client-uris",
        configuration: {},
      },
      {
        executor: "saml-signature-enforcer",
        configuration: {},
      },
    ],
  },
];

export const GLOBAL_PROFILE_NAMES: readonly unknown[] = GLOBAL_PROFILES.map(({ name }) => name);
