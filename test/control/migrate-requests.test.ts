import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { checkMigrateRequests } from '#control/migrate-requests.ts';
import { KeptLog } from '../support/kept-log.ts';
import { manifestDirectory } from '../support/manifest-directory.ts';

it.each([
  ['hands waiting connections on', '1\n', []],
  ['resets them', '0\n', ['sysctl -w net.ipv4.tcp_migrate_req=1 on the node']],
  [
    'knows nothing of it',
    null,
    ['Linux 5.14, and sysctl -w net.ipv4.tcp_migrate_req=1 on the node'],
  ],
])(
  'says what to do unless the kernel hands connections on: one that %s',
  async (_, text, remedies) => {
    await using directory = await manifestDirectory({});
    const file = join(directory.path, 'tcp_migrate_req');
    if (text !== null) await writeFile(file, text);
    const log = new KeptLog();
    await checkMigrateRequests(log, file);
    expect(log.lines.map(({ fields }) => fields.remedy)).toEqual(remedies);
    expect(log.lines.filter(({ level }) => level !== 'info')).toEqual([]);
  },
);
