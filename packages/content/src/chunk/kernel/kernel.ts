// AssemblyScript, compiled by ../../../build/kernel.ts. docs/formats/chunker.md says what it computes; ../plain-finder.ts says the same
// in TypeScript. It has no memory of its own: the bytes lie in memory that the caller brings, which threads may share.

const PAGE_BYTES: usize = 4096;

let multiplier0: i32 = 0;
let multiplier1: i32 = 0;
let multiplier2: i32 = 0;
let start: u64 = 0;
let factor0: u64 = 0;
let factor1: u64 = 0;
let factor2: u64 = 0;
let factor3: u64 = 0;
let strictMask: u64 = 0;
let looseMask: u64 = 0;

/** The constants of the first stage. */
export function setMultipliers(a: i32, b: i32, c: i32): void {
  multiplier0 = a;
  multiplier1 = b;
  multiplier2 = c;
}

/** The constants of the second stage. */
export function setFactors(first: u64, a: u64, b: u64, c: u64, d: u64): void {
  start = first;
  factor0 = a;
  factor1 = b;
  factor2 = c;
  factor3 = d;
}

/** Which bits of the second stage's hash must be zero: below the average size, and from there on. */
export function setMasks(strict: u64, loose: u64): void {
  strictMask = strict;
  looseMask = loose;
}

/**
 * The first of the `count` positions `at`, `at + 1`, … where a chunk may end, as its distance from `at`; −1 when there is none.
 * The first `strictCount` of them are judged by the strict mask. Reads from 32 bytes before `at` to 32 bytes behind the last position.
 *
 * The first stage is a 16-bit sum over the 16 bytes before a position, made by doubling: words, pairs of words, fours, eights. A
 * vector holds eight even positions (`e`) or eight odd ones (`o`); what a position needs of earlier ones is in the vector before.
 */
export function find(at: usize, count: i32, strictCount: i32): i32 {
  // In locals: V8 would load globals anew in every round of the loop.
  const m0 = i16x8.splat(<i16>multiplier0);
  const m1 = i16x8.splat(<i16>multiplier1);
  const m2 = i16x8.splat(<i16>multiplier2);
  const limit = i16x8.splat(0x7eff);
  let ePairs = pairs(at - 16, m0);
  let oPairs = pairs(at - 15, m0);
  let eFours = twoEarlier(ePairs, ePairs, m1);
  let oFours = twoEarlier(oPairs, oPairs, m1);
  const last = at + count;
  for (let i = 0; i < count; i += 32) {
    const p = at + i;
    // A look at the next page: processors fetch ahead within a page only, and bytes that were just read from a disk are not in their own cache.
    load<u8>(min(p + PAGE_BYTES, last));
    const ePairs0 = pairs(p, m0);
    const oPairs0 = pairs(p + 1, m0);
    const eFours0 = twoEarlier(ePairs, ePairs0, m1);
    const oFours0 = twoEarlier(oPairs, oPairs0, m1);
    const e0 = fourEarlier(eFours, eFours0, m2);
    const o0 = fourEarlier(oFours, oFours0, m2);
    ePairs = pairs(p + 16, m0);
    oPairs = pairs(p + 17, m0);
    eFours = twoEarlier(ePairs0, ePairs, m1);
    oFours = twoEarlier(oPairs0, oPairs, m1);
    const e1 = fourEarlier(eFours0, eFours, m2);
    const o1 = fourEarlier(oFours0, oFours, m2);
    if (v128.any_true(i16x8.gt_s(i16x8.max_s(i16x8.max_s(e0, o0), i16x8.max_s(e1, o1)), limit))) {
      let passed = <u32>passing(e0, o0, limit) | ((<u32>passing(e1, o1, limit)) << 16);
      while (passed !== 0) {
        const j = i + <i32>ctz(passed);
        if (j >= count) return -1;
        if ((hashOfWindow(at + j) & (j < strictCount ? strictMask : looseMask)) === 0) return j;
        passed &= passed - 1;
      }
    }
  }
  return -1;
}

/** Of positions `p`, `p + 2`, … `p + 14`: the last two words before them. */
function pairs(p: usize, m0: v128): v128 {
  return i16x8.add(i16x8.mul(v128.load(p - 2), m0), v128.load(p - 4));
}

/** Joins each sum of `now` with the one four bytes earlier, that is, two lanes. */
function twoEarlier(before: v128, now: v128, m1: v128): v128 {
  return i16x8.add(i16x8.mul(now, m1), i8x16.shuffle(before, now, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27));
}

/** Joins each sum of `now` with the one eight bytes earlier, that is, four lanes. */
function fourEarlier(before: v128, now: v128, m2: v128): v128 {
  return i16x8.add(i16x8.mul(now, m2), i8x16.shuffle(before, now, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23));
}

/** Sixteen positions, one bit each, that the first stage lets through. */
function passing(even: v128, odd: v128, limit: v128): i32 {
  return i8x16.bitmask(v128.bitselect(i16x8.gt_s(even, limit), i16x8.gt_s(odd, limit), i16x8.splat(0x00ff)));
}

/** The second stage: a 64-bit hash of the 32 bytes before `end`. */
function hashOfWindow(end: usize): u64 {
  let h = (load<u64>(end - 32) ^ start) * factor0;
  h = (rotl(h, 29) ^ load<u64>(end - 24)) * factor1;
  h = (rotl(h, 31) ^ load<u64>(end - 16)) * factor2;
  h = (rotl(h, 27) ^ load<u64>(end - 8)) * factor3;
  return h ^ (h >> 32);
}
