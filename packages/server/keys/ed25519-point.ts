/** The field prime and the curve constant of edwards25519 (RFC 8032 §5.1). */
const P = 2n ** 255n - 19n;
const D = mod(-121665n * power(121666n, P - 2n));

/**
 * Whether 32 bytes are a public key that only its owner can sign for: a canonical encoding of a point on the curve
 * that is not one of the eight of small order, for which one signature fits many messages. OpenSSL takes them all.
 * @see RFC 8032 §5.1.3, RFC 8725 §3.4
 */
export function isSoundEd25519Point(encoded: Uint8Array): boolean {
  if (encoded.length !== 32) return false;
  const littleEndian = BigInt(`0x${Buffer.from(encoded).reverse().toString("hex")}`);
  const y = littleEndian & (2n ** 255n - 1n); // the top bit is the sign of x; either names a point
  if (y >= P) return false;
  // -x² + y² = 1 + d x² y²
  const yy = mod(y * y);
  const xx = mod((yy - 1n) * power(mod(D * yy + 1n), P - 2n));
  if (xx === 0n) return false; // y = ±1: orders 1 and 2, and the only place where the sign bit could lie
  if (power(xx, (P - 1n) / 2n) !== 1n) return false; // no such x
  return !hasSmallOrder(xx, yy);
}

/** Order 4: y = 0. Order 8: doubling gives y = 0, which asks for x² = -y² (the numerator of the doubled y). */
function hasSmallOrder(xx: bigint, yy: bigint): boolean {
  return yy === 0n || mod(xx + yy) === 0n;
}

function mod(value: bigint): bigint {
  const rest = value % P;
  return rest < 0n ? rest + P : rest;
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = mod(base);
  for (let bits = exponent; bits > 0n; bits >>= 1n) {
    if (bits & 1n) result = mod(result * square);
    square = mod(square * square);
  }
  return result;
}
