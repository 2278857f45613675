// The two ways in which one piece of shared memory is read and written.

export interface Memory {
  readonly words: Int32Array;
  readonly bytes: Uint8Array;
}

/** So many bytes, a multiple of four, that pass from thread to thread without a copy. */
export function sharedMemory(sizeBytes: number): Memory {
  return mapMemory(new SharedArrayBuffer(sizeBytes));
}

/** Two views of the same bytes; their size must be a multiple of four. */
export function mapMemory(buffer: ArrayBufferLike): Memory {
  return { words: new Int32Array(buffer), bytes: new Uint8Array(buffer) };
}
