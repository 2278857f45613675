// A port of a Service as an operator writes it, `namespace/service:port`, and what it means.

/** A port of a Service, by number or by name. */
export interface ServicePortRef {
  readonly namespace: string;
  readonly service: string;
  readonly port: number | string;
}

const FORM = /^([a-z0-9-]{1,63})\/([a-z0-9-]{1,63}):([a-z0-9-]{1,15})$/;
const NUMBER = /^[1-9][0-9]{0,4}$/;
const PORT_MAX = 65_535;

/** Null if the text is not of that form. A port of digits alone is a number, from 1 to 65535. */
export function parseServicePortRef(text: string): ServicePortRef | null {
  const [, namespace, service, portText] = FORM.exec(text) ?? [];
  if (namespace === undefined || service === undefined || portText === undefined) return null;
  if (!/^[0-9]+$/.test(portText)) return Object.freeze({ namespace, service, port: portText });
  const port = NUMBER.test(portText) ? Number(portText) : 0;
  return port === 0 || port > PORT_MAX ? null : Object.freeze({ namespace, service, port });
}
