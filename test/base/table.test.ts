import { describe, expect, it } from 'vitest';
import { formatTable } from '#base/table.ts';

describe('a table', () => {
  it('aligns its columns and leaves no space at the end of a line', () => {
    const rows = [
      ['HOST', 'PATH', 'TYPE'],
      ['shop.example', '/', 'Prefix'],
      ['*', '/cart', ''],
    ];
    expect(formatTable(rows)).toBe(
      [
        'HOST          PATH   TYPE\n',
        'shop.example  /      Prefix\n',
        '*             /cart\n',
      ].join(''),
    );
  });

  it('shows control characters as escapes, and aligns them as shown', () => {
    expect(
      formatTable([
        ['a\nb', 'x'],
        ['\x1b[2J', 'y'],
      ]),
    ).toBe('a\\nb       x\n\\u001b[2J  y\n');
  });

  it('without rows is empty', () => {
    expect(formatTable([])).toBe('');
  });
});
