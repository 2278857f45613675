// What a command that only tells something hands back: the program prints it.

export interface Report {
  /** For stdout. Text from manifests is already fit for a terminal. */
  readonly text: string;
  /** For stderr, so that it is in nobody's pipe; empty for nothing. */
  readonly remark: string;
  readonly exitCode: 0 | 1;
}
