// Endpoints that fail, and load beyond the limits, over real sockets.

import { describe, expect, it } from 'vitest';
import { limits } from '#base/limits.ts';
import { type ProxyFixture, startProxy } from '../support/proxy-fixture.ts';
import { closedPort, type RawPeer, startRawServer } from '../support/raw-peer.ts';
import { GET, HOST, OK, Scene } from '../support/relay-scene.ts';

const POST = `POST / HTTP/1.1\r\n${HOST}Content-Length: 0\r\n\r\n`;

function answerAll(peer: RawPeer): void {
  peer.socket.on('data', () => peer.write(OK));
}

/** The statuses of `count` requests, one after another. */
async function statuses(client: RawPeer, text: string, count: number): Promise<string[]> {
  const seen: string[] = [];
  for (let index = 0; index < count; index += 1) {
    client.write(text);
    seen.push((await client.readMessage()).head.slice(9, 12));
  }
  return seen;
}

async function refusing(): Promise<{ address: string; port: number }> {
  return { address: '127.0.0.1', port: await closedPort() };
}

function failures({ counters }: ProxyFixture): number {
  return counters.read('upstreamConnectFailures');
}

describe('an endpoint that refuses connections', () => {
  it('is left out after three failures, and tried again when its ejection is over', async () => {
    await using server = await startRawServer(answerAll);
    await using proxy = await startProxy({ 'a.example': [await refusing(), server.endpoint] });
    await using client = await proxy.connect();
    expect(new Set(await statuses(client, GET, 20))).toEqual(new Set(['200']));
    expect(failures(proxy)).toBe(limits.failuresToEject);
    expect(proxy.counters.read('endpointEjections')).toBe(1);
    proxy.elapse(limits.ejectionBaseMs + 200);
    await statuses(client, GET, 20);
    expect(failures(proxy)).toBe(limits.failuresToEject + 1);
    proxy.elapse(limits.ejectionBaseMs + 200);
    await statuses(client, GET, 20);
    expect(failures(proxy)).toBe(limits.failuresToEject + 1);
  });

  it('is used although it is ejected when there is no other', async () => {
    await using proxy = await startProxy({ 'a.example': [await refusing()] });
    await using client = await proxy.connect();
    expect(new Set(await statuses(client, GET, 3))).toEqual(new Set(['502']));
    expect(failures(proxy)).toBe(3 * limits.attemptsMax);
    expect(proxy.counters.read('endpointEjections')).toBe(1);
  });

  it('is left out for every upstream that names it', async () => {
    const bad = await refusing();
    await using server = await startRawServer(answerAll);
    const endpoints = [bad, server.endpoint];
    await using proxy = await startProxy({ 'a.example': endpoints, 'b.example': endpoints });
    await using client = await proxy.connect();
    await statuses(client, GET, 10);
    await statuses(client, GET.replace('a.example', 'b.example'), 10);
    expect(failures(proxy)).toBe(limits.failuresToEject);
  });

  it('is never met with more than the budget of retries', async () => {
    await using proxy = await startProxy({ 'a.example': [await refusing()] });
    await using client = await proxy.connect();
    const requests = 100;
    expect(new Set(await statuses(client, GET, requests))).toEqual(new Set(['502']));
    const retries = proxy.counters.read('upstreamRetries');
    expect(retries).toBe(limits.retriesPerSecond + requests / limits.requestsPerRetry);
    expect(proxy.counters.read('upstreamRetriesDenied')).toBeGreaterThan(requests / 2);
    expect(failures(proxy)).toBe(requests + retries);
  });
});

describe('an endpoint whose responses are bad', () => {
  it.each([
    ['malformed', 'HTTP/1.1 two hundred\r\n\r\n'],
    ['missing', ''],
  ])('%s is left out, and is well after a good one', async (_name, answer) => {
    let isBad = true;
    await using flaky = await startRawServer((peer) => {
      peer.socket.on('data', () => {
        peer.write(isBad ? answer : OK);
        if (isBad) peer.socket.end();
      });
    });
    await using good = await startRawServer(answerAll);
    await using proxy = await startProxy({ 'a.example': [flaky.endpoint, good.endpoint] });
    await using client = await proxy.connect();
    const seen = await statuses(client, POST, 20);
    expect(seen.filter((status) => status === '502')).toHaveLength(limits.failuresToEject);
    expect(flaky.accepted).toBe(limits.failuresToEject);
    isBad = false;
    proxy.elapse(limits.ejectionBaseMs + 200);
    expect(new Set(await statuses(client, POST, 20))).toEqual(new Set(['200']));
    expect(flaky.accepted).toBeGreaterThan(limits.failuresToEject);
  });

  it('is not blamed for closing connections that were idle', async () => {
    await using server = await startRawServer();
    await using proxy = await startProxy({ 'a.example': [server.endpoint] });
    await using client = await proxy.connect();
    client.write(GET);
    let upstream = await server.accept();
    for (let count = 0; count < 2 * limits.failuresToEject; count += 1) {
      await upstream.readTo('\r\n\r\n');
      upstream.write(OK);
      await client.readMessage();
      client.write(GET);
      await upstream.readTo('\r\n\r\n');
      upstream.socket.end();
      upstream = await server.accept();
    }
    upstream.write(OK);
    await client.readMessage();
    expect(proxy.counters.read('endpointEjections')).toBe(0);
    expect(proxy.plane.health.epoch).toBe(0);
  });
});

describe('past the limit', () => {
  it('of requests under way to a service a request gets 503 at once', async () => {
    await using scene = await Scene.open();
    const first = await scene.request();
    first.write(OK);
    await scene.client.readMessage();
    const { requestHead, routes } = scene.proxy.plane;
    expect(requestHead.read(Buffer.from(GET), GET, 0, GET.length - 2)).toBe(null);
    const { upstream } = routes.find(requestHead, GET)!;
    for (let count = 0; count < limits.exchangesPerUpstreamMax; count += 1) upstream.begin();
    scene.client.write(GET);
    const { head, body } = await scene.client.readMessage();
    expect(head).toMatch(/^HTTP\/1\.1 503 /);
    expect(head).toContain('\r\nRetry-After: 1');
    expect(head).not.toContain('Connection: close');
    expect(body).toBe('503 Service Unavailable: the service has too many requests under way\n');
    expect(scene.proxy.counters.read('requestsOverInFlightLimit')).toBe(1);
    upstream.finish();
    scene.client.write(GET);
    await first.readTo('\r\n\r\n');
    first.write(OK);
    expect((await scene.client.readMessage()).body).toBe('ok');
    scene.client.write(GET);
    await first.readTo('\r\n\r\n');
    first.write(OK);
    expect((await scene.client.readMessage()).body).toBe('ok');
  });

  it('of connections a client is closed at once, until another one leaves', async () => {
    await using server = await startRawServer(answerAll);
    const hosts = { 'a.example': [server.endpoint] };
    await using proxy = await startProxy(hosts, { connectionsMax: 2 });
    await using first = await proxy.connect();
    await using second = await proxy.connect();
    await statuses(first, GET, 1);
    await statuses(second, GET, 1);
    await using third = await proxy.connect();
    expect(await third.readToEnd()).toBe('');
    expect(proxy.counters.read('connectionsOverTotalLimit')).toBe(1);
    expect(await statuses(second, GET, 1)).toEqual(['200']);
    first.socket.end();
    await first.ended();
    await using fourth = await proxy.connect();
    expect(await statuses(fourth, GET, 1)).toEqual(['200']);
  });

  it('of what the event loop can do connections are shed, and the open ones served', async () => {
    await using server = await startRawServer(answerAll);
    await using proxy = await startProxy({ 'a.example': [server.endpoint] });
    await using client = await proxy.connect();
    await statuses(client, GET, 1);
    const { overload } = proxy.plane;
    for (let tick = 0; tick < limits.loopLagTicksMax; tick += 1) {
      overload.observe(limits.loopLagMaxMs + 1);
    }
    await using other = await proxy.connect();
    expect(await other.readToEnd()).toBe('');
    expect(proxy.counters.read('connectionsShed')).toBe(1);
    expect(await statuses(client, GET, 1)).toEqual(['200']);
    overload.observe(0);
    await using third = await proxy.connect();
    expect(await statuses(third, GET, 1)).toEqual(['200']);
  });
});
