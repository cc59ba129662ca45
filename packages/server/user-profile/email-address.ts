const MAX_LOCAL = 64;
const MAX_ADDRESS = 255;
/** Letters of any script, digits and the signs RFC 5321 allows without quotes. */
const LOCAL = /^[\p{L}\p{N}!#$%&'*+/=?^_`{|}~-]+(?:\.[\p{L}\p{N}!#$%&'*+/=?^_`{|}~-]+)*$/u;
const LABEL = /^[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?$/u;

/** Whether a text is an e-mail address; a domain of one label is fine, quoted local parts and address literals are not. */
export function isEmailAddress(text: string): boolean {
  const at = text.lastIndexOf("@");
  if (at < 1 || text.length > MAX_ADDRESS) return false;
  const [local, domain] = [text.slice(0, at), text.slice(at + 1)];
  return local.length <= MAX_LOCAL && LOCAL.test(local) && domain.split(".").every((label) => LABEL.test(label));
}
