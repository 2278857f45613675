// The text of a kubeconfig file for the test API server. JSON is YAML, so nothing has to be quoted
// by hand.

export interface KubeconfigOptions {
  readonly url: string;
  /** PEM. */
  readonly authority?: string | undefined;
  readonly token?: string | undefined;
  /** PEM, both. */
  readonly client?: { readonly certificate: string; readonly key: string } | undefined;
  /** A command that prints an ExecCredential. */
  readonly exec?: { readonly command: string; readonly args: readonly string[] } | undefined;
}

export function kubeconfigText({ url, authority, token, client, exec }: KubeconfigOptions): string {
  const cluster = {
    server: url,
    ...(authority !== undefined && { 'certificate-authority-data': base64(authority) }),
  };
  const user = {
    ...(token !== undefined && { token }),
    ...(client !== undefined && {
      'client-certificate-data': base64(client.certificate),
      'client-key-data': base64(client.key),
    }),
    ...(exec !== undefined && { exec: execEntry(exec) }),
  };
  const document = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster }],
    users: [{ name: 'test', user }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test', namespace: 'default' } }],
    'current-context': 'test',
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function execEntry({ command, args }: { command: string; args: readonly string[] }) {
  const apiVersion = 'client.authentication.k8s.io/v1';
  return { apiVersion, command, args, interactiveMode: 'Never' };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
