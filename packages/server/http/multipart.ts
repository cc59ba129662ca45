/** Most parts of one multipart body that are read. */
const MAX_PARTS = 200;

/**
 * Text fields of a `multipart/form-data` body (RFC 7578), which Keycloak takes as a form too. Files and other parts with a name are read as
 * text; undefined when the body is not what its content type says.
 */
export function parseMultipart(body: Buffer, contentType: string): readonly (readonly [string, string])[] | undefined {
  const boundary = /boundary=(?:"([^"]{1,70})"|([^;\s]{1,70}))/i.exec(contentType);
  const mark = boundary?.[1] ?? boundary?.[2];
  if (mark === undefined) return undefined;
  const pieces = body.toString("utf8").split(`--${mark}`);
  if (pieces.length < 2 || pieces.length > MAX_PARTS + 2 || !pieces.at(-1)?.startsWith("--")) return undefined;
  const pairs: (readonly [string, string])[] = [];
  for (const piece of pieces.slice(1, -1)) {
    const end = piece.indexOf("\r\n\r\n");
    const name = /\bname="([^"\r\n]*)"/i.exec(piece.slice(0, Math.max(0, end)))?.[1];
    if (end === -1 || name === undefined || !piece.endsWith("\r\n")) return undefined;
    pairs.push([name, piece.slice(end + 4, -2)]);
  }
  return pairs;
}
