// The Huffman code of HPACK (RFC 7541 5.2, appendix B): bytes of a coded string -> its text. Knows
// nothing of fields. Strings that we send go plain, so there is no coder.

import { limits } from '#base/limits.ts';

/** How many bits stand for each byte, and at the end for the end of the string. */
const LENGTHS = [
  [13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28],
  [28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28],
  [6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6],
  [5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10],
  [13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7],
  [7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6],
  [15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5],
  [6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28],
  [20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23],
  [24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24],
  [22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23],
  [21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23],
  [26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25],
  [19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27],
  [20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23],
  [26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26],
  [30],
].flat();

const END_OF_STRING = 256;
const BITS_PER_STEP = 4;
const STEPS = 1 << BITS_PER_STEP;

/** Padding is the beginning of the end of the string, and shorter than a byte. */
const PADDING_BITS_MAX = 7;

// A step takes four bits from one node of the code's tree to another. No code is that short, so a
// step passes one byte at most. STEP holds the next node, the byte and the flag that there is one.
const NODE_MASK = 0xff;
const BYTE_SHIFT = 8;
const HAS_BYTE = 1 << 16;
const IS_FAULT = 1 << 17;

interface Node {
  readonly index: number;
  readonly children: [Node | number | null, Node | number | null];
}

const ROOT = treeOf(LENGTHS);
const STEP = stepsOf(ROOT);
/** By node: a string may end here. */
const MAY_END = endsOf(ROOT);

/** No string of a header block is longer: five bits are the least that stand for a byte. */
const SCRATCH = Buffer.allocUnsafeSlow(Math.ceil((limits.http2BlockBytesMax * 8) / 5));

/** The text of a coded string, bytes [start, end); null if it is not one. */
export function decodeHuffman(bytes: Buffer, start: number, end: number): string | null {
  let node = 0;
  let size = 0;
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at]!;
    const high = STEP[(node << BITS_PER_STEP) | (byte >>> BITS_PER_STEP)]!;
    if ((high & HAS_BYTE) !== 0) SCRATCH[size++] = high >>> BYTE_SHIFT;
    const low = STEP[((high & NODE_MASK) << BITS_PER_STEP) | (byte & (STEPS - 1))]!;
    if ((low & HAS_BYTE) !== 0) SCRATCH[size++] = low >>> BYTE_SHIFT;
    if (((high | low) & IS_FAULT) !== 0) return null;
    node = low & NODE_MASK;
  }
  return MAY_END[node] === 1 ? SCRATCH.toString('latin1', 0, size) : null;
}

/** The code is canonical: of one length the smaller symbol has the smaller code. */
function treeOf(lengths: readonly number[]): Node {
  let count = 0;
  const newNode = (): Node => ({ index: count++, children: [null, null] });
  const root = newNode();
  const symbols = lengths.map((length, symbol) => ({ length, symbol }));
  let code = 0;
  let before = 0;
  for (const { length, symbol } of symbols.sort((a, b) => a.length - b.length)) {
    code <<= length - before;
    before = length;
    let node = root;
    for (let bit = length - 1; bit > 0; bit -= 1) {
      const side = (code >>> bit) & 1;
      const child = node.children[side as 0 | 1] ?? newNode();
      node.children[side as 0 | 1] = child;
      node = child as Node;
    }
    node.children[(code & 1) as 0 | 1] = symbol;
    code += 1;
  }
  return root;
}

function nodesOf(node: Node): readonly Node[] {
  const inner = node.children.filter((child) => typeof child === 'object' && child !== null);
  return [node, ...inner.flatMap(nodesOf)];
}

function stepsOf(root: Node): Uint32Array {
  const nodes = nodesOf(root);
  const steps = new Uint32Array(nodes.length * STEPS);
  for (const node of nodes) {
    for (let bits = 0; bits < STEPS; bits += 1) {
      steps[node.index * STEPS + bits] = stepFrom(root, node, bits);
    }
  }
  return steps;
}

function stepFrom(root: Node, from: Node, bits: number): number {
  let node = from;
  let passed = 0;
  for (let bit = BITS_PER_STEP - 1; bit >= 0; bit -= 1) {
    const child = node.children[((bits >>> bit) & 1) as 0 | 1];
    // The end of the string is not to be sent (RFC 7541 5.2).
    if (child === END_OF_STRING || child === null) return IS_FAULT;
    if (typeof child === 'number') {
      passed = HAS_BYTE | (child << BYTE_SHIFT);
      node = root;
    } else {
      node = child;
    }
  }
  return passed | node.index;
}

function endsOf(root: Node): Uint8Array {
  const ends = new Uint8Array(nodesOf(root).length);
  let node = root;
  for (let bits = 0; bits <= PADDING_BITS_MAX; bits += 1) {
    ends[node.index] = 1;
    node = node.children[1] as Node;
  }
  return ends;
}
