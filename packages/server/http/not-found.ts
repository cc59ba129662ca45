import type { Reply } from "./reply.ts";

/** Headers of pages and of answers without a body, beside those that every answer has. @see Keycloak 26: its default for HTML */
export const PAGE_HEADERS = {
  "content-security-policy": "frame-src 'self'; frame-ancestors 'self'; object-src 'none';",
  "x-robots-tag": "none",
} as const;

/** Names nothing of the request, so that nothing of it can come back as markup. */
const PAGE = `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Page not found</title></head>
<body><h1>We are sorry...</h1><p>Page not found</p></body>
</html>
`;

/** 404 as the caller can read it: JSON with Keycloak's text, or a small page for browsers. */
export function answerNotFound<Answered extends Reply>(reply: Answered, accept: string | undefined, error: string): Answered {
  reply.code(404);
  if (prefersHtml(accept)) reply.headers(PAGE_HEADERS).type("text/html;charset=utf-8").send(PAGE);
  else reply.send({ error });
  return reply;
}

/** `Accept` ranks HTML above JSON (RFC 9110 §12.5.1); without the header, or in a tie, JSON it is. */
export function prefersHtml(accept: string | undefined): boolean {
  if (accept === undefined || accept.length > 2048) return false;
  return quality(accept, "text", "html") > quality(accept, "application", "json");
}

/** Whether a caller takes JSON at all; one that does not say so does. */
export const acceptsJson = (accept: string | undefined): boolean =>
  accept === undefined || accept === "" || accept.length > 2048 || quality(accept, "application", "json") > 0;

/** The weight of a media type: that of the most precise range that covers it. */
function quality(accept: string, type: string, subtype: string): number {
  let best = 0;
  let precision = 0;
  for (const range of accept.split(",")) {
    const [name = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
    const matched = name === `${type}/${subtype}` ? 3 : name === `${type}/*` ? 2 : name === "*/*" ? 1 : 0;
    if (matched <= precision) continue;
    const weight = parameters.find((parameter) => parameter.startsWith("q="));
    precision = matched;
    best = weight === undefined ? 1 : Number(weight.slice(2)) || 0;
  }
  return best;
}
