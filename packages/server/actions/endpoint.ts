import { formFromPairs, type Form } from "@cambist/core/token-request/form.ts";
import { OAuthError } from "@cambist/core/refusals.ts";
import type { AuditRecord } from "@cambist/store/ports.ts";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { errorRecord, type Happening, successRecord } from "../events/record.ts";
import { wireAnswer } from "../http/answers.ts";
import type { Caller, callerReader } from "../http/caller.ts";
import { emit } from "../http/conclude.ts";
import { checkTransport, findRealm, issuerOf, type RealmRequest } from "../http/endpoint-call.ts";
import type { LoadedRealm } from "../realms/compile-realm.ts";
import type { Services } from "../services.ts";
import { type ActionLink, type JudgedLink, judgeLink, problemRow } from "./action-link.ts";
import type { ActionKind, ActionToken } from "./action-token.ts";
import { PAGE_HEADERS } from "./page.ts";
import { donePage, errorPage, infoPage, linkPage, realmTitle } from "./pages.ts";
import { type ActionEvent, asksForPassword, performActions } from "./perform-actions.ts";

/** Largest form: a link's token and two passwords. */
const BODY_LIMIT = 32 * 1024;
const NONE: ReadonlySet<string> = new Set();
/** A user that changes again and again while its link is followed. */
const MAX_ATTEMPTS = 10;

/** A request to follow a link. */
interface Visit {
  readonly services: Services;
  readonly realm: LoadedRealm;
  readonly caller: Caller;
  readonly issuer: string;
  /** The realm's name for people. */
  readonly title: string;
  /** The token as it was sent. */
  readonly key: string | undefined;
}
type Answered = readonly [status: number, html: string];

/**
 * `/realms/:realm/login-actions/action-token`, where links in mails lead. `GET` says what will be done and changes nothing, since mail
 * scanners open links; the form of its page does it.
 */
export function actionLinks(app: FastifyInstance, services: Services, callerOf: ReturnType<typeof callerReader>): void {
  const url = `${services.config.relativePath}/realms/:realm/login-actions/action-token`;
  const route = (method: "GET" | "POST", answer: (visit: Visit, form: Form) => Promise<Answered>): void => {
    app.route({
      method: method === "GET" ? ["GET", "HEAD"] : method,
      url,
      bodyLimit: BODY_LIMIT,
      handler: async (http, reply) => {
        const realm = await findRealm(services, (http as RealmRequest).params.realm);
        const caller = callerOf(http);
        const form = method === "GET" ? queryOf(http) : formIn(http.body);
        const { name } = realm.view.realm;
        const title = realmTitle(await services.admin.realmByName(name)) ?? name;
        const visit = { services, realm, caller, issuer: issuerOf(caller, name), title, key: form.get("key") };
        return send(reply, await refusing(visit, () => answer(visit, form)));
      },
    });
  };
  route("GET", show);
  route("POST", follow);
  app.route({
    method: ["PUT", "PATCH", "DELETE", "OPTIONS"],
    url,
    handler: (_http, reply) => reply.code(405).send({ error: "HTTP 405 Method Not Allowed" }),
  });
}

const send = (reply: FastifyReply, [status, html]: Answered): FastifyReply =>
  reply.code(status).headers(PAGE_HEADERS).type("text/html; charset=utf-8").send(html);

/** A parameter that came twice counts as none, as does a form that cannot be read. */
const once = (form: Form): Form => (form.firstDuplicate(NONE) === undefined ? form : formFromPairs([]));
const formIn = (body: unknown): Form => once(typeof body === "object" && body !== null ? (body as Form) : formFromPairs([]));
const queryOf = ({ url }: FastifyRequest): Form =>
  once(formFromPairs([...new URLSearchParams(url.includes("?") ? url.slice(url.indexOf("?") + 1) : "")]));

/** Refusals of the realm itself are pages here too. */
async function refusing(visit: Visit, answer: () => Promise<Answered>): Promise<Answered> {
  try {
    checkTransport(visit);
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    const { status, body } = wireAnswer(error, visit.realm.view.realm.dialect, undefined);
    return [status, errorPage(visit.title, body.error_description ?? body.error)];
  }
  return answer();
}

const judge = ({ services, realm, issuer, key }: Visit): Promise<JudgedLink> =>
  judgeLink({ services, realm, issuer, now: Math.floor(services.clock() / 1000) }, key);

/** `GET`: what the link is for. */
async function show(visit: Visit): Promise<Answered> {
  const judged = await judge(visit);
  return judged.ok ? [200, linkPage(judged.link, visit.key ?? "")] : refuse(visit, judged);
}

/** `POST`: does it. */
async function follow(visit: Visit, form: Form): Promise<Answered> {
  const { services, realm, key = "" } = visit;
  const filled = {
    password: form.get("password-new"),
    confirmation: form.get("password-confirm"),
    endSessions: form.get("logout-sessions") === "on",
  };
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const judged = await judge(visit);
    if (!judged.ok) return refuse(visit, judged);
    const { link } = judged;
    const records: AuditRecord[] = [];
    const performed = await performActions(services, link, filled, (event) => {
      const record = successRecord(happening(visit, event, link), []);
      records.push(record);
      return record;
    });
    if (performed === "changed") continue;
    if (performed === "spent") return refuse(visit, { ok: false, problem: "used", token: link.token });
    if (performed === "done") {
      for (const record of records) emit({ services, realm }, record);
      return [200, donePage(link, visit.caller.baseUrl)];
    }
    await recordFault(visit, link, performed.error);
    return [200, linkPage(link, key, { fault: performed.text, endSessions: filled.endSessions })];
  }
  return refuse(visit, { ok: false, problem: "invalid" });
}

const EVENT_OF: Readonly<Record<ActionKind, string>> = {
  "execute-actions": "EXECUTE_ACTIONS",
  "verify-email": "VERIFY_EMAIL",
  ORGIVT: "INVITE_ORG",
};

/** Records a refusal and says why. */
async function refuse(visit: Visit, { problem, token }: Extract<JudgedLink, { readonly ok: false }>): Promise<Answered> {
  const { error, reason, text, done, ofToken } = problemRow(problem);
  const type = token && ofToken !== true ? EVENT_OF[token.kind] : "EXECUTE_ACTION_TOKEN";
  const details = { ...(reason !== undefined && { reason }), ...(token && { token_id: token.jti, action: token.kind }) };
  await recordErrors(visit, [{ type, details }], error, token);
  return done ? [200, infoPage(visit.title, text)] : [400, errorPage(visit.title, text)];
}

/** A new password that was not taken leaves Keycloak's two events. */
const recordFault = (visit: Visit, link: ActionLink, error: string): Promise<void> => {
  const details = { token_id: link.token.jti, action: link.token.kind, username: link.user.username, credential_type: "password" };
  return recordErrors(
    visit,
    asksForPassword(link) ? ["UPDATE_CREDENTIAL", "UPDATE_PASSWORD"].map((type) => ({ type, details })) : [],
    error,
    link.token,
  );
};

async function recordErrors(visit: Visit, events: readonly ActionEvent[], error: string, token: ActionToken | undefined): Promise<void> {
  const audit = events.map((event) => errorRecord(happening(visit, event, token && { token }), { error, keycloakEvent: true }));
  await visit.services.writer.write({ audit });
  for (const record of audit) emit(visit, record);
}

const happening = (
  { services, realm, caller }: Visit,
  { type, details }: ActionEvent,
  about: Pick<ActionLink, "token"> | undefined,
): Happening => ({
  id: services.newId(),
  time: services.clock(),
  realm: realm.view.realm,
  type,
  clientId: about?.token.clientId,
  userId: about?.token.userId,
  ipAddress: caller.ipAddress,
  details,
});
