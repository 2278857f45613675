// The text of a file -> the texts of its documents, without parsing any: what makes it cheap to
// see which one of 1,000 documents was edited.
//
//   %YAML 1.2      directives and comments before a marker belong to the document after it
//   ---            a line that begins with three dashes and white space always begins a document,
//   kind: Ingress  wherever it stands (YAML 1.2.2, 9.1.2: no content can hold such a line)
//   ...            ends a document without beginning one

export interface DocumentText {
  readonly text: string;
  /** Line of the file on which the text begins, from 1. */
  readonly firstLine: number;
}

// Only a line feed begins a line here; `^` would also match after U+2028, inside a string.
const MARKER = /(?<=^|\n)(?:---|\.\.\.)(?=[ \t\r\n]|$)/g;

/** Splits a file. Documents of nothing but comments are left out. */
export function splitDocuments(file: string): DocumentText[] {
  const documents: DocumentText[] = [];
  let start = 0;
  let firstLine = 1;
  let isOpen = false;
  const endDocument = (offset: number): void => {
    const text = file.slice(start, offset);
    if (!isBlank(text)) documents.push({ text, firstLine });
    firstLine += countLineFeeds(text);
    start = offset;
  };
  for (const marker of file.matchAll(MARKER)) {
    const isStart = marker[0] === '---';
    const isNext = isOpen || !isBlank(file.slice(start, marker.index));
    if (isStart && isNext) endDocument(marker.index);
    if (!isStart) endDocument(lineEnd(file, marker.index));
    isOpen = isStart;
  }
  endDocument(file.length);
  return documents;
}

/** True for text without a value: comments, directives, a marker. Stops at the first other line. */
function isBlank(text: string): boolean {
  let isInDocument = false;
  for (let at = 0; at < text.length; ) {
    const end = lineEnd(text, at);
    const line = text.slice(at, end);
    const isMarker = /^(?:---|\.\.\.)\s/.test(`${line}\n`);
    const rest = (isMarker ? line.slice(3) : line).trim();
    const isDirective = line.startsWith('%') && !isInDocument;
    if (rest !== '' && !rest.startsWith('#') && !isDirective) return false;
    isInDocument ||= isMarker;
    at = end;
  }
  return true;
}

function lineEnd(text: string, offset: number): number {
  const lineFeed = text.indexOf('\n', offset);
  return lineFeed === -1 ? text.length : lineFeed + 1;
}

function countLineFeeds(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}
