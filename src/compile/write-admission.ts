// What a virtual host asks of connections over TLS -> the records at the end of its section
// (snapshot/layout.ts).

import type { ByteWriter } from '#base/bytes.ts';
import type { VirtualHost } from '#plan/routing-plan.ts';
import { clientRulesKey } from '#snapshot/admission-records.ts';
import { upstreamKey } from '#snapshot/keys.ts';
import { CLIENT_RULES, SECTION, WORD_BYTES } from '#snapshot/layout.ts';

/** `writer` has written the section from its very start. */
export function writeAdmission(
  writer: ByteWriter,
  { clientRules, passthrough }: VirtualHost,
): void {
  if (clientRules !== null) {
    writer.patchWord(SECTION.clientRules * WORD_BYTES, writer.size);
    writer.writeWord(CLIENT_RULES[clientRules.mode]);
    writer.writeWords(clientRulesKey(clientRules));
    writer.writeText(clientRules.authorities);
  }
  if (passthrough !== null) {
    writer.patchWord(SECTION.passthrough * WORD_BYTES, writer.size);
    writer.writeWords(upstreamKey(passthrough));
    writer.writeText(passthrough);
  }
}
