import type { FastifyReply, FastifyRequest } from "fastify";

/**
 * Answers requests that two readers could understand differently, before anything of them is read: whatever stands in front of this server
 * may have gone by the other reading.
 */
export function refuseOddRequest(http: FastifyRequest, reply: FastifyReply, next: () => void): void {
  if (hostCount(http.raw.rawHeaders) > 1) {
    // RFC 9112 §3.2. Node keeps the first and says nothing.
    reply.code(400).send({ error: "invalid_request", error_description: "The request has more than one Host header." });
    return;
  }
  const coding = http.headers["content-encoding"];
  if (coding !== undefined && coding !== "" && coding.toLowerCase() !== "identity") {
    // RFC 9110 §15.5.16: the answer says which codings would do.
    reply
      .code(415)
      .header("accept-encoding", "identity")
      .send({ error: "invalid_request", error_description: "Send the body as it is, without Content-Encoding." });
    return;
  }
  next();
}

/** How often `Host` stands in a request, as Node's raw headers have it. */
export function hostCount(rawHeaders: readonly string[]): number {
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index];
    if (name?.length === 4 && name.toLowerCase() === "host") count += 1;
  }
  return count;
}
