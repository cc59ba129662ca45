import { clientCredentials } from "./client-credentials.ts";
import type { Grant } from "./grant.ts";
import { password } from "./password.ts";
import { refreshToken } from "./refresh-token.ts";
import { tokenExchange } from "./token-exchange.ts";

/** Every grant of the token endpoint, by `grant_type`. */
export const GRANTS: ReadonlyMap<string, Grant> = new Map(
  [password, clientCredentials, refreshToken, tokenExchange].map((grant) => [grant.grantType, grant]),
);
