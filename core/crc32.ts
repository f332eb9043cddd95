// CRC-32 of joined texts out of the CRC-32 of the parts, so that a checksum under any salt follows from a stored value's own.
// Used by store/read/row-checksums. The algebra is that of GF(2) polynomials: appending n bytes multiplies by x^(8n).

/** x^0 in the reflected notation of CRC-32, whose highest bit is the coefficient of x^0. */
const ONE = 0x8000_0000;
const POLYNOMIAL = 0xedb8_8320;

/** a·b modulo the polynomial. */
function multiply(a: number, b: number): number {
  let product = 0;
  let power = b;
  for (let bit = ONE; bit !== 0; bit >>>= 1) {
    if ((a & bit) !== 0) product ^= power;
    power = (power & 1) === 1 ? (power >>> 1) ^ POLYNOMIAL : power >>> 1;
  }
  return product >>> 0;
}

/** x^(8·2^k) for k = 0…31. */
const powers: number[] = [];
for (let k = 0, power = 0x0080_0000; k < 32; k += 1, power = multiply(power, power)) powers.push(power);

function shift(bytes: number): number {
  let factor = ONE;
  for (let k = 0, rest = bytes; rest > 0; k += 1, rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) factor = multiply(factor, powers[k] ?? ONE);
  }
  return factor;
}

/** CRC-32 of a text followed by another, of which the CRC-32 and the length in bytes are known. */
export function crc32Joined(crc: number, nextCrc: number, nextBytes: number): number {
  return (multiply(shift(nextBytes), crc) ^ nextCrc) >>> 0;
}
