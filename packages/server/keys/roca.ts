/** Small primes for which Infineon's key generator left a mark on the modulus. */
const MARKED_PRIMES = [11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157];

/** Residues of the powers of 65537, by prime: where both factors are such powers, so is the modulus. */
const POWERS: ReadonlyMap<bigint, ReadonlySet<bigint>> = new Map(
  MARKED_PRIMES.map((prime) => [BigInt(prime), powersOf65537(BigInt(prime))]),
);

function powersOf65537(prime: bigint): Set<bigint> {
  const powers = new Set<bigint>();
  for (let power = 1n; !powers.has(power); power = (power * 65537n) % prime) powers.add(power);
  return powers;
}

/** Whether a modulus bears the mark of CVE-2017-15361: such keys can be factored. A sound key has it once in about 2^27. */
export const isRocaModulus = (modulus: bigint): boolean => [...POWERS].every(([prime, powers]) => powers.has(modulus % prime));
