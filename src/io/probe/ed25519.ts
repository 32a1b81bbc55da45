/**
 * MariaDB's `client_ed25519`: an Ed25519 signature (RFC 8032, 5.1.6) whose private key is a password of any length. Node's
 * own signs with a key of 32 octets only, so the few lines of arithmetic are here, over the curve in extended
 * coordinates. BigInt arithmetic takes a time that depends on the numbers; what is signed is a login from the machine
 * that holds the password, made every few seconds at most.
 */
import { createHash } from "node:crypto";

const p = 2n ** 255n - 19n;
const order = 2n ** 252n + 27742317777372353535851937790883648493n;
const d = 37095705934669439343138083508754565189542113879843219016388785533085940283555n;

interface Point {
  readonly x: bigint;
  readonly y: bigint;
  readonly z: bigint;
  /** x y / z */
  readonly t: bigint;
}

const zero: Point = { x: 0n, y: 1n, z: 1n, t: 0n };
const base = affine(
  15112221349535400772501151409588531511454012693041857206046113283949847762202n,
  46316835694926478169428394003475163141307993866256225615783033603165251855960n,
);

/** 64 octets: R and S. */
export function signWithPassword(password: Buffer, text: Buffer): Buffer {
  const keys = sha512(password);
  const secret = clamp(keys.subarray(0, 32));
  const publicKey = encode(multiply(base, secret));
  const nonce = readLE(sha512(keys.subarray(32), text)) % order;
  const r = encode(multiply(base, nonce));
  const challenge = readLE(sha512(r, publicKey, text)) % order;
  return Buffer.concat([r, writeLE((nonce + challenge * secret) % order)]);
}

function clamp(bytes: Buffer): bigint {
  const low = readLE(bytes) & ((1n << 254n) - 8n);
  return low | (1n << 254n);
}

function affine(x: bigint, y: bigint): Point {
  return { x, y, z: 1n, t: mod(x * y) };
}

function multiply(point: Point, scalar: bigint): Point {
  let sum = zero;
  let power = point;
  for (let rest = scalar; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) sum = add(sum, power);
    power = add(power, power);
  }
  return sum;
}

/** RFC 8032, 5.1.4; holds for doubling too. */
function add(a: Point, b: Point): Point {
  const m = mod((a.y - a.x) * (b.y - b.x));
  const n = mod((a.y + a.x) * (b.y + b.x));
  const c = mod(2n * d * mod(a.t * b.t));
  const e = mod(2n * a.z * b.z);
  const [h, i, j, k] = [n - m, e - c, e + c, n + m];
  return { x: mod(h * i), y: mod(j * k), z: mod(i * j), t: mod(h * k) };
}

function encode({ x, y, z }: Point): Buffer {
  const inverse = power(z, p - 2n);
  const bytes = writeLE(mod(y * inverse));
  bytes[31] = (bytes[31] ?? 0) | ((mod(x * inverse) & 1n) === 1n ? 0x80 : 0);
  return bytes;
}

function power(value: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = mod(value);
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = mod(result * square);
    square = mod(square * square);
  }
  return result;
}

function mod(value: bigint): bigint {
  const rest = value % p;
  return rest < 0n ? rest + p : rest;
}

function readLE(bytes: Buffer): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString("hex")}`);
}

function writeLE(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(64, "0"), "hex").reverse();
}

function sha512(...parts: readonly Buffer[]): Buffer {
  const state = createHash("sha512");
  for (const part of parts) state.update(part);
  return state.digest();
}
