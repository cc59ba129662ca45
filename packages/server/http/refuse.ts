import { OAuthError } from "@cambist/core/refusals.ts";
import { wireAnswer } from "./answers.ts";
import { concludeRefusal } from "./conclude.ts";
import { corsHeaders } from "./cors.ts";
import type { EndpointCall } from "./endpoint-call.ts";
import type { Reply } from "./reply.ts";

/** Records a refusal and answers it in the realm's dialect. */
export async function refuse(call: EndpointCall, error: OAuthError, reply: Reply): Promise<Reply> {
  return answerRefusal(call, await recordRefusal(call, error), reply);
}

/** Records a refusal. What is to be answered: the refusal, or that it could not be recorded; `audit_unavailable` itself is not recorded. */
export async function recordRefusal(call: EndpointCall, error: OAuthError): Promise<OAuthError> {
  if (error.refusal === "audit_unavailable") return error;
  try {
    await concludeRefusal(call, error);
    return error;
  } catch (failure) {
    if (!(failure instanceof OAuthError)) throw failure;
    return failure;
  }
}

/** Answers a refusal that has been recorded. */
export function answerRefusal(call: EndpointCall, error: OAuthError, reply: Reply): Reply {
  const { dialect, name } = call.realm.view.realm;
  const { status, body } = wireAnswer(error, dialect, call.decision);
  if (status === 401 && dialect === "native" && /^basic /i.test(call.authorization ?? "")) {
    reply.header("www-authenticate", `Basic realm=${quoted(name)}`);
  }
  if (status === 503) reply.header("retry-after", "1");
  return reply.headers(corsHeaders(call.origin, call.client)).code(status).send(body);
}

/** A quoted string for a header (RFC 9110 §5.6.4); what a header cannot carry becomes a question mark. */
export const quoted = (text: string): string => JSON.stringify(text.replace(/[^\x20-\x7e]/g, "?"));
