/** How an endpoint answers: what the protocol endpoints use of a Fastify reply. Names of headers are in lower case. */
export interface Reply {
  code(status: number): Reply;
  header(name: string, value: string): Reply;
  headers(values: Readonly<Record<string, string>>): Reply;
  type(mediaType: string): Reply;
  /** An object is sent as JSON, nothing as an empty body. */
  send(body?: unknown): Reply;
}
