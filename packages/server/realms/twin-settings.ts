import type { Json } from "@cambist/store/config-ports.ts";

/** Settings of a realm that Keycloak shows as members and keeps among the attributes, there as text. */
const NUMBERS = [
  "clientSessionIdleTimeout",
  "clientSessionMaxLifespan",
  "clientOfflineSessionIdleTimeout",
  "clientOfflineSessionMaxLifespan",
  "oauth2DeviceCodeLifespan",
  "oauth2DevicePollingInterval",
] as const;
/** The one flag among them, which the attributes call by a name of their own. */
const FLAG = { member: "otpPolicyCodeReusable", attribute: "realmReusableOtpCode" } as const;

type Attributes = Readonly<Record<string, string>>;

/** The members that such attributes stand for; a value that is none stands for nothing. */
export function membersOf(attributes: Attributes): Json {
  const flag = attributes[FLAG.attribute];
  return {
    ...Object.fromEntries(
      NUMBERS.flatMap((name) => (/^\d{1,9}$/.test(attributes[name] ?? "") ? [[name, Number(attributes[name])] as const] : [])),
    ),
    ...((flag === "true" || flag === "false") && { [FLAG.member]: flag === "true" }),
  };
}

/** The attributes that stand for such members. */
export function attributesOf(members: Json): Attributes {
  const flag = members[FLAG.member];
  return {
    ...Object.fromEntries(NUMBERS.flatMap((name) => (typeof members[name] === "number" ? [[name, String(members[name])] as const] : []))),
    ...(typeof flag === "boolean" && { [FLAG.attribute]: String(flag) }),
  };
}
