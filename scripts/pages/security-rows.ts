/** One promise about security or reliability. Tests say by its id that they prove it. */
export interface SecurityRow {
  readonly id: string;
  /** What must hold, in a few words. */
  readonly rule: string;
  /** Why there is no test, or not for all of it: the thing it is about is not built. */
  readonly open?: string;
}
export interface RowGroup {
  readonly title: string;
  readonly rows: readonly SecurityRow[];
}

const PAGES = "there is no sign-in page, no console and no cookie yet; only links in mails have pages";
const PROVIDERS = "tokens of other issuers are not exchanged yet";
const PLANES = "planes are imported and examined by the doctor; exchanges do not look at them yet";
const BINDING = "DPoP and mTLS are not built; a bound token is refused";
const CODES = "there is no authorization endpoint yet, so there are no codes";
const OUTBOUND = "the server makes no outbound requests but mail";
const POSTGRES = "SQLite is the only engine yet";
const MACHINES = "one machine only until there is PostgreSQL";
const GATEWAY = "the gateway adapter is not built";

const row = (id: string, rule: string, open?: string): SecurityRow => ({ id, rule, ...(open !== undefined && { open }) });

export const SECURITY_ROWS: readonly RowGroup[] = [
  {
    title: "Invariants of an exchange",
    rows: [
      row("SEC-INV-1", "every token is on record, and every success on record is a token"),
      row("SEC-INV-2", "scope and roles stay within user, target and every hop"),
      row("SEC-INV-3", "each audience exists, is enabled and was allowed"),
      row("SEC-INV-4", "a token ends with the first thing it hangs on; `expires_in` says when"),
      row("SEC-INV-5", "the user changes by impersonation alone, and both are on record"),
      row("SEC-INV-6", "`act` comes from the server's memory and never gets shorter"),
      row("SEC-INV-7", "a bound token never becomes an unbound one"),
      row("SEC-INV-8", "what was ended, disabled or revoked gives nothing more", "other machines: " + MACHINES),
      row("SEC-INV-9", "the same state and request give the same decision"),
    ],
  },
  {
    title: "Token exchange",
    rows: [
      row("SEC-TX-01", "the requester holds the token or is named in it, or a permission names the requester"),
      row("SEC-TX-02", "an unknown or disabled audience refuses the whole request"),
      row("SEC-TX-03", "each audience needs a permission of its own; silence denies"),
      row("SEC-TX-04", "only an access token is a subject token, whatever it is called"),
      row("SEC-TX-05", "scope words outside the rule are refused or dropped, odd characters refused"),
      row("SEC-TX-06", "what a hop dropped never comes back"),
      row("SEC-TX-07", "token types that cannot be issued are refused"),
      row("SEC-TX-08", "refresh tokens only where the client may; a refresh decides anew"),
      row("SEC-TX-09", "public requesters only with what is theirs"),
      row("SEC-TX-10", "no consent, no token for a client that needs it"),
      row("SEC-TX-11", "a broken subject token never changes which rules apply"),
      row("SEC-TX-12", "impersonation without a subject token needs a permission and a secret, and can be switched off"),
      row("SEC-TX-13", "administrators and protected users cannot be impersonated by lesser ones"),
      row("SEC-TX-14", "an impersonated token neither administers nor impersonates"),
      row("SEC-TX-15", "who is impersonated is enabled, not locked, and of this realm"),
      row("SEC-TX-16", "delegation by `actor_token` and `may_act`", "delegation by actor token is not built; the parameter is refused"),
      row("SEC-TX-17", "chains have a depth and an age"),
      row("SEC-TX-18", "`act` and `may_act` in tokens and mappers count for nothing"),
      row("SEC-TX-19", "claims of an external subject token are checked one by one", PROVIDERS),
      row("SEC-TX-20", "a provider that is off is off for exchanges too", PROVIDERS),
      row("SEC-TX-21", "a client's list of providers holds on every path", PROVIDERS),
      row("SEC-TX-22", "accounts are linked by issuer and subject, not by address", PROVIDERS),
      row("SEC-TX-23", "stored upstream tokens are each user's and provider's own", PROVIDERS),
      row("SEC-TX-24", "realms never cross: keys, clients, users, sessions"),
      row("SEC-TX-25", "planes bind every client of a chain", PLANES),
      row("SEC-TX-26", "a bound subject token needs its key", BINDING),
      row("SEC-TX-27", "decision, token record and audit are one commit; no record, no token"),
      row("SEC-TX-28", "a logout that has returned wins over later exchanges"),
      row("SEC-TX-29", "ids of tokens are random and never repeat", "128 random bits: they are UUIDs as Keycloak's are, with 122"),
      row("SEC-TX-30", "parameters known elsewhere are refused, unknown ones passed over"),
      row("SEC-TX-31", "rate limits per client and subject", "not built; a gateway in front has them"),
      row("SEC-TX-32", "a disabled client gets nothing more at once", "other machines: " + MACHINES),
    ],
  },
  {
    title: "Tokens: reading",
    rows: [
      row("SEC-JOSE-01", "a token is base64url with two dots and has a maximum length"),
      row("SEC-JOSE-02", "each part has one spelling only"),
      row("SEC-JOSE-03", "JSON without duplicate members, depth and prototype tricks"),
      row("SEC-JOSE-04", "times are whole numbers, and there is an end"),
      row("SEC-JOSE-05", "names and audiences are texts of bounded length"),
      row("SEC-JOSE-06", "header members beyond the known ones choose nothing; `crit` refuses"),
      row("SEC-JOSE-10", "the key decides the algorithm; never `none`"),
      row("SEC-JOSE-11", "a public key is never a shared secret"),
      row("SEC-JOSE-12", "a key id names one key of one realm", "fetching remote keys again: " + OUTBOUND),
      row("SEC-JOSE-13", "weak, odd or misused keys are not taken"),
      row("SEC-JOSE-14", "kinds of tokens cannot stand in for each other"),
      row("SEC-JOSE-15", "no password-based, RSA1_5, compressed or JSON-serialized tokens"),
      row("SEC-JOSE-16", "one text for every way a token is bad"),
      row("SEC-JOSE-17", "nothing is read from a token that was not verified"),
      row("SEC-JOSE-18", "single use hangs on realm, kind, issuer and id"),
      row("SEC-JOSE-19", "a cache of verified tokens checks again what can change"),
      row("SEC-JOSE-20", "secrets are compared in constant time and whole"),
    ],
  },
  {
    title: "Tokens: issuing",
    rows: [
      row("SEC-JOSE-30", "reserved claims are written by the server and its typed mappers alone"),
      row("SEC-JOSE-31", "the header names the key that signed; retired keys still verify"),
      row("SEC-JOSE-32", "signing never waits behind password hashing"),
    ],
  },
  {
    title: "Protocol endpoints",
    rows: [
      row("SEC-EP-01", "redirects go where the client registered, exactly", CODES),
      row("SEC-EP-02", "registered addresses have a scheme that is safe to follow"),
      row("SEC-EP-03", "PKCE as the client and dialect ask", CODES),
      row("SEC-EP-04", "a code works once, for its client", CODES),
      row("SEC-EP-05", "refresh tokens rotate; a replay ends the family"),
      row("SEC-EP-06", "a client authenticates by its one registered method"),
      row("SEC-EP-07", "the token endpoint takes forms by POST and is not cached"),
      row("SEC-EP-08", "introspection answers only those the token concerns"),
      row("SEC-EP-09", "revocation is the client's own, and 200 means done"),
      row("SEC-EP-10", "userinfo needs an access token with `openid`"),
      row("SEC-EP-11", "DPoP proofs", BINDING),
      row("SEC-EP-12", "logout of one's own sessions only", "by id token and with pages: " + PAGES),
      row("SEC-EP-13", "session ids change at sign-in", PAGES),
      row("SEC-EP-14", "each step of a sign-in is completed by its own handler", PAGES),
      row("SEC-EP-15", "issuer and links come from configuration; forwarded headers from trusted proxies only"),
      row("SEC-EP-16", "CORS by the client's origins; none for the admin API"),
      row("SEC-EP-17", "discovery says what works and nothing else"),
      row("SEC-EP-18", "a wrong password and an unknown user look the same"),
      row("SEC-EP-19", "authorization answers name their issuer", CODES),
      row("SEC-EP-20", "unknown parameters do no harm; errors show nothing of the inside"),
    ],
  },
  {
    title: "Admin API",
    rows: [
      row("SEC-ADM-01", "each route asks for rights before it looks at anything"),
      row("SEC-ADM-02", "each route has its rights in one table"),
      row("SEC-ADM-03", "ids of another realm or parent are not there"),
      row("SEC-ADM-04", "ids inside bodies are of this realm and open to the caller"),
      row("SEC-ADM-05", "nobody hands out more than they hold"),
      row("SEC-ADM-06", "a thing keeps its type, and the whole of it is checked"),
      row("SEC-ADM-07", "ids, ages and links cannot be set by a body"),
      row("SEC-ADM-08", "a masked secret stays with the address it was given for"),
      row("SEC-ADM-09", "lists and counts show what the caller may see"),
      row("SEC-ADM-10", "a realm's administrators end at their realm"),
      row("SEC-ADM-11", "self-service cannot give itself rights"),
      row("SEC-ADM-12", "no paths or placeholders from input; patterns run in linear time"),
      row("SEC-ADM-13", "header values are visible characters"),
      row("SEC-ADM-14", "evaluating somebody needs the right to see them"),
      row("SEC-ADM-15", "names are one however they are written; none is another's address"),
      row("SEC-ADM-16", "each change leaves an event without secrets"),
      row("SEC-ADM-17", "a feature that is off is gone"),
    ],
  },
  {
    title: "Console and browser",
    rows: [
      row("SEC-UI-01", "strict content policy", PAGES),
      row("SEC-UI-02", "no markup from data", PAGES),
      row("SEC-UI-03", "safe links only", PAGES),
      row("SEC-UI-04", "no framing, no sniffing", PAGES),
      row("SEC-UI-05", "cookies are bound and hidden from scripts", PAGES),
      row("SEC-UI-06", "other origins change nothing", PAGES),
      row("SEC-UI-07", "no tokens in addresses or storage", PAGES),
      row("SEC-UI-08", "accessible and usable by keyboard", PAGES),
      row("SEC-UI-09", "dangerous acts ask twice", PAGES),
      row("SEC-UI-10", "signing in works without scripts", PAGES),
    ],
  },
  {
    title: "Outbound requests",
    rows: [
      row("SEC-OUT-01", "https only", OUTBOUND),
      row("SEC-OUT-02", "the checked address is the one connected to", OUTBOUND),
      row("SEC-OUT-03", "no inside addresses", OUTBOUND),
      row("SEC-OUT-04", "limits of time and size", OUTBOUND),
      row("SEC-OUT-05", "answers are not passed on", OUTBOUND),
      row("SEC-OUT-06", "certificates are always checked", OUTBOUND),
      row("SEC-OUT-07", "breaker and single flight", OUTBOUND),
      row("SEC-OUT-08", "the same client for every purpose", OUTBOUND),
    ],
  },
  {
    title: "Logs, events, metrics",
    rows: [
      row("SEC-LOG-01", "one line per event, and nothing can forge one"),
      row("SEC-LOG-02", "no secret or token is written"),
      row("SEC-LOG-03", "events show listed fields only"),
      row("SEC-LOG-04", "what is refused before authentication is recorded too"),
      row("SEC-LOG-05", "the audit chain tells the first changed record"),
      row("SEC-LOG-06", "labels of metrics are bounded"),
      row("SEC-LOG-07", "CSV without formulas", "there is no CSV export"),
      row("SEC-LOG-08", "a blocked log blocks nothing"),
      row("SEC-LOG-09", "times are UTC with milliseconds"),
      row("SEC-LOG-10", "events say who, what, for whom and by which right"),
    ],
  },
  {
    title: "Denial of service",
    rows: [
      row("SEC-DOS-01", "bodies, headers, parameters and JSON have a largest size"),
      row("SEC-DOS-02", "scopes, audiences, passwords and chains have a largest size"),
      row("SEC-DOS-03", "lists come in pages", "as in Keycloak an administrator may ask for the whole of one"),
      row("SEC-DOS-04", "every cache has a maximum, whatever callers make up"),
      row("SEC-DOS-05", "slow senders are cut off"),
      row("SEC-DOS-06", "patterns come from administrators alone and run in linear time"),
      row("SEC-DOS-07", "sign-ins do not hold up exchanges", "a figure of the benchmark, see `docs/performance.md`"),
    ],
  },
  {
    title: "Gateway adapter",
    rows: Array.from({ length: 11 }, (_, index) =>
      row(
        `SEC-GW-${String(index + 1).padStart(2, "0")}`,
        [
          "what cannot be verified is denied",
          "identity headers from outside are removed",
          "one path for policy and upstream",
          "no way round by agent, method or encoding",
          "audience, kind and binding are checked",
          "the cache of exchanges has a complete key",
          "refusals are cached for seconds at most",
          "keys are fetched once for many",
          "refusals name what is wrong",
          "policies on who acts",
          "retries are few and spaced",
        ][index] ?? "",
        GATEWAY,
      ),
    ),
  },
  {
    title: "Storage",
    rows: [
      row("SEC-DB-01", "single use is decided by a unique key, whoever is faster", "the same on PostgreSQL: " + POSTGRES),
      row("SEC-DB-02", "single-use keys carry realm and kind"),
      row("SEC-DB-03", "each commit waits for the disk"),
      row("SEC-DB-04", "isolation, retries and time limits of transactions", POSTGRES),
      row("SEC-DB-05", "secrets at rest are sealed to their place", "changing the master key while running is not built"),
      row("SEC-DB-06", "the latest not-before of realm, client and user counts"),
      row("SEC-DB-07", "a restored backup revives nothing", "there is no restore command"),
      row("SEC-DB-08", "values are bound, orders are listed, wildcards escaped"),
    ],
  },
  {
    title: "Reliability",
    rows: [
      row("REL-01", "kill -9 under load loses nothing that was answered"),
      row("REL-02", "a start, import or bootstrap that was cut off works the next time"),
      row("REL-03", "a full disk is 503 and passes"),
      row("REL-04", "failing writes and syncs are 503 and pass"),
      row("REL-05", "what was answered outlives a power cut", "the recovery of SQLite's log is relied on, not replayed"),
      row("REL-06", "a damaged database is told, never guessed around"),
      row("REL-07", "loss of the database server", POSTGRES),
      row("REL-08", "a slow or locked database", POSTGRES),
      row("REL-09", "a slow provider", PROVIDERS),
      row("REL-10", "a provider's keys are gone or new", PROVIDERS),
      row("REL-11", "clocks that differ or jump", MACHINES),
      row("REL-12", "keys rotate under load", "rotation is tested, not yet under load"),
      row("REL-13", "rolling restarts", MACHINES),
      row("REL-14", "loss of one machine", MACHINES),
      row("REL-15", "slow senders and idle sockets"),
      row("REL-16", "a long run in little memory", "fuzzed for a quarter of an hour, see the reports; not for an hour"),
      row("REL-17", "no input stalls the others"),
      row("REL-18", "an unexpected error is a bare 500, and the server goes on or ends whole"),
      row("REL-19", "a log pipe nobody reads"),
      row(
        "REL-20",
        "configuration changes under load are before or after, never between",
        "snapshots are whole by construction; not driven by 10,000 changes",
      ),
      row("REL-21", "upgrades keep data; a downgrade is refused"),
    ],
  },
  {
    title: "Harnesses",
    rows: [
      row("H1", "refusal matrix: every use in every state"),
      row("H2", "attack tokens: variants of a good one"),
      row("H3", "races: many at once, one winner"),
      row("H4", "mutated fields of every admin body"),
      row("H5", "ids of other realms on every route"),
      row("H6", "canary secrets in every field", "codes and cookies that the server makes itself: " + CODES),
      row("H7", "forbidden addresses", OUTBOUND),
      row("H8", "answers against the audit log"),
      row("H9", "a clock that stands still"),
      row("H10", "failures at named points", "failures come from outside (disks, syncs, kills), not from points in the code"),
    ],
  },
];
