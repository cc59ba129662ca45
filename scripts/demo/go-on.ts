import { ACCESS_TOKEN, DEVELOPER, GRANT } from "./platform.ts";
import type { DemoServer } from "./server.ts";

/** A command to paste, and what its output must match. */
export interface PastedCommand {
  readonly about: string;
  readonly command: string;
  readonly gives?: RegExp;
}

const TAKE_TOKEN = `sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/'`;

/** Commands to go on with, for a POSIX shell with curl and sed; each builds on those before it. */
export function goOnWith({
  url,
  managementUrl,
  dataFolder,
}: Pick<DemoServer, "url" | "managementUrl" | "dataFolder">): readonly PastedCommand[] {
  return [
    {
      about: "Sign the developer in and keep the access token",
      command: [
        `TOKEN_URL=${url}/realms/apixion/protocol/openid-connect/token`,
        `EXCHANGE=${GRANT}`,
        `ACCESS_TOKEN=${ACCESS_TOKEN}`,
        `TOKEN=$(curl -s $TOKEN_URL -d grant_type=password -d client_id=frontend -d scope=openid \\`,
        `  -d username=${DEVELOPER} -d password=${DEVELOPER}-password | ${TAKE_TOKEN})`,
      ].join("\n"),
    },
    {
      about: "The portal exchanges it for some-backend-service",
      command: [
        `curl -s $TOKEN_URL -u portal:portal-secret -d grant_type=$EXCHANGE \\`,
        `  -d subject_token=$TOKEN -d subject_token_type=$ACCESS_TOKEN \\`,
        `  -d requested_token_type=$ACCESS_TOKEN -d audience=some-backend-service`,
      ].join("\n"),
      gives: /"access_token":"eyJ.*"issued_token_type":"urn:ietf:params:oauth:token-type:access_token"/,
    },
    {
      about: "The portal asks for a service it has no business with",
      command: [
        `curl -s $TOKEN_URL -u portal:portal-secret -d grant_type=$EXCHANGE \\`,
        `  -d subject_token=$TOKEN -d subject_token_type=$ACCESS_TOKEN -d audience=some-service`,
      ].join("\n"),
      gives: /"error":"not_allowed"/,
    },
    {
      about: "One hop further: some-backend-service exchanges on, and the chain is in the token",
      command: [
        `NEXT=$(curl -s $TOKEN_URL -u portal:portal-secret -d grant_type=$EXCHANGE \\`,
        `  -d subject_token=$TOKEN -d audience=some-backend-service | ${TAKE_TOKEN})`,
        `curl -s $TOKEN_URL -u some-backend-service:some-backend-service-secret -d grant_type=$EXCHANGE \\`,
        `  -d subject_token=$NEXT -d audience=some-service | ${TAKE_TOKEN} \\`,
        `  | cut -d. -f2 | tr '_-' '/+' | base64 -d 2>/dev/null | grep -o '"act":.*'`,
      ].join("\n"),
      gives: /"act":\{"client_id":"some-backend-service",.*"act":\{"client_id":"portal"/,
    },
    {
      about: "Metrics",
      command: `curl -s ${managementUrl}/metrics | grep 'event="token_exchange"'`,
      gives: /keycloak_user_events_total\{client_id="portal",error="",event="token_exchange",idp="",realm="apixion"\}/,
    },
    {
      about: "The audit log, and whether anybody changed it",
      command: `bin/cambist events --data=${dataFolder} --type=TOKEN_EXCHANGE_ERROR\nbin/cambist verify-audit --data=${dataFolder}`,
      gives: /type="TOKEN_EXCHANGE_ERROR"[^]*The audit log is intact/,
    },
  ];
}
