import { describe, expect, it } from 'vitest';
import { type AdminActions, type AdminPages, AdminServer } from '#control/admin-server.ts';
import { KeptLog } from '../support/kept-log.ts';

const pages: AdminPages = {
  unreadyReason: () => null,
  metrics: async () => 'headgate_things 1\n',
  plan: () => 'the plan é\n',
  snapshot: () => 'the snapshot\n',
  problems: () => '[]\n',
  generations: { json: () => '{}\n', text: () => 'GENERATION\n' },
};

/** The action /stop, which says what it was told. */
const STOP: AdminActions['byPath'] = new Map([
  ['/stop', async (parameters) => ({ status: 200, body: `stopped ${parameters}\n` })],
]);

class Served implements AsyncDisposable {
  readonly log = new KeptLog();
  readonly #server: AdminServer;
  port = 0;

  constructor(overrides: Partial<AdminPages>, areAllowed: boolean) {
    const actions = { areAllowed, byPath: STOP };
    this.#server = new AdminServer({ ...pages, ...overrides }, actions, this.log);
  }

  async start(): Promise<this> {
    ({ port: this.port } = await this.#server.listen({ host: '127.0.0.1', port: 0 }));
    return this;
  }

  request(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.port}${path}`, init);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
  }
}

function serve(overrides: Partial<AdminPages> = {}, areAllowed = true): Promise<Served> {
  return new Served(overrides, areAllowed).start();
}

describe('AdminServer', () => {
  it.each([
    // method, path, status, body
    ['GET', '/healthz', 200, 'ok\n'],
    ['GET', '/readyz', 200, 'ok\n'],
    ['GET', '/metrics', 200, 'headgate_things 1\n'],
    ['GET', '/debug/plan', 200, 'the plan é\n'],
    ['GET', '/debug/snapshot', 200, 'the snapshot\n'],
    ['GET', '/debug/problems', 200, '[]\n'],
    ['GET', '/debug/generations', 200, '{}\n'],
    ['GET', '/healthz?verbose', 200, 'ok\n'],
    ['HEAD', '/debug/plan', 200, ''],
    ['POST', '/healthz', 405, 'GET and HEAD only\n'],
    ['DELETE', '/nothing', 405, 'GET and HEAD only\n'],
  ])('answers %s %s with %i', async (method, path, status, body) => {
    await using served = await serve();
    const response = await served.request(path, { method });
    expect(response.status).toBe(status);
    expect(await response.text()).toBe(body);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('allow')).toBe(status === 405 ? 'GET, HEAD' : null);
  });

  it('answers an unknown path with 404 and the pages there are', async () => {
    await using served = await serve();
    const response = await served.request('/debug');
    expect(response.status).toBe(404);
    expect(await response.text()).toContain('/debug/plan');
  });

  it.each([
    ['/metrics', 'text/plain; version=0.0.4; charset=utf-8'],
    ['/debug/plan', 'text/plain; charset=utf-8'],
    ['/debug/problems', 'application/json'],
  ])('gives %s the content type %s', async (path, contentType) => {
    await using served = await serve();
    const response = await served.request(path);
    expect(response.headers.get('content-type')).toBe(contentType);
  });

  it('gives the generations as text to who asks for text', async () => {
    await using served = await serve();
    const headers = { Accept: 'text/plain' };
    const response = await served.request('/debug/generations', { headers });
    expect(await response.text()).toBe('GENERATION\n');
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  });

  it.each([
    // method, further headers, actions allowed, status, body
    ['POST', { 'headgate-action': 'true' }, true, 200, /^stopped now=1$/],
    ['POST', { 'headgate-action': 'true' }, false, 403, /--admin-actions/],
    ['POST', {}, true, 403, /^actions need the header headgate-action/],
    ['POST', { 'headgate-action': 'true', Origin: 'http://a.example' }, true, 403, /browser/],
    ['POST', { 'headgate-action': 'true', Origin: 'null' }, true, 403, /browser/],
    ['GET', { 'headgate-action': 'true' }, true, 405, /^POST only$/],
    ['OPTIONS', { Origin: 'http://a.example' }, true, 405, /^POST only$/],
  ])('answers %s with %j for an action, allowed: %j, with %i', async (...row) => {
    const [method, headers, areAllowed, status, body] = row;
    await using served = await serve({}, areAllowed);
    const response = await served.request('/stop?now=1', { method, headers: { ...headers } });
    expect(response.status).toBe(status);
    expect((await response.text()).trim()).toMatch(body);
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
    expect(response.headers.get('allow')).toBe(status === 405 ? 'POST' : null);
  });

  it('says why the process is not ready, and stays healthy', async () => {
    await using served = await serve({ unreadyReason: () => 'draining' });
    const response = await served.request('/readyz');
    expect(response.status).toBe(503);
    expect(await response.text()).toBe('draining\n');
    expect((await served.request('/healthz')).status).toBe(200);
  });

  it('survives a page that fails', async () => {
    await using served = await serve({
      snapshot: () => {
        throw new Error('broken page');
      },
    });
    expect((await served.request('/debug/snapshot')).status).toBe(500);
    expect((await served.request('/healthz')).status).toBe(200);
    expect(served.log.lines.map(({ message }) => message)).toEqual(['admin page failed']);
  });

  it('says in one line that its port is in use', async () => {
    await using served = await serve();
    const second = new AdminServer(pages, { areAllowed: false, byPath: STOP }, served.log);
    await expect(second.listen({ host: '127.0.0.1', port: served.port })).rejects.toThrow(
      `port ${served.port} on 127.0.0.1 is in use`,
    );
  });
});
