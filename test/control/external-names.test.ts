import { expect, it, vi } from 'vitest';
import { sortedList, valuesOf } from '#base/sorted-list.ts';
import { ExternalNames } from '#control/external-names.ts';
import { type EndpointPlan, PLAIN_HTTP1 } from '#plan/endpoint-plan.ts';
import { DnsServer } from '../support/dns-server.ts';
import { optionsOf } from '../support/translate-options.ts';

const WAIT = { timeout: 5_000, interval: 5 };

function planFor(...hosts: string[]): EndpointPlan {
  const upstreams = hosts.map((host, index) => ({
    name: `shop/service-${index}:80`,
    endpoints: [],
    externalName: { host, port: 8_080 },
    transport: PLAIN_HTTP1,
  }));
  return { upstreams: sortedList(upstreams) };
}

class Followed implements AsyncDisposable {
  readonly dns: DnsServer;
  readonly names: ExternalNames;
  changeCount = 0;

  constructor(dns: DnsServer) {
    this.dns = dns;
    this.names = new ExternalNames({
      servers: [dns.address],
      endpointOptions: optionsOf({ allowLocalEndpoints: false }),
      onChange: () => {
        this.changeCount += 1;
      },
    });
  }

  addresses(plan: EndpointPlan): string[][] {
    const { upstreams } = this.names.resolve(plan).plan;
    return valuesOf(upstreams).map(({ endpoints }) => endpoints.map(({ address }) => address));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.names.close();
    await this.dns[Symbol.asyncDispose]();
  }
}

async function follow(): Promise<Followed> {
  return new Followed(await DnsServer.start());
}

it('gives the addresses of a name with the port of the Service', async () => {
  await using followed = await follow();
  followed.dns.names.set('db.example', { a: ['192.0.2.2', '192.0.2.1'], ttl: 60 });
  const plan = planFor('db.example');
  followed.names.follow(plan);
  await followed.names.firstAnswers(5_000);
  const resolved = followed.names.resolve(plan);
  expect(resolved.problems).toEqual([]);
  expect(valuesOf(resolved.plan.upstreams)[0]?.endpoints).toEqual([
    { address: '192.0.2.1', port: 8_080 },
    { address: '192.0.2.2', port: 8_080 },
  ]);
});

it('asks for IPv6 where a name has no IPv4 address', async () => {
  await using followed = await follow();
  const aaaa = ['20010db8000000000000000000000001'];
  followed.dns.names.set('six.example', { aaaa, ttl: 60 });
  followed.dns.names.set('both.example', { a: ['192.0.2.1'], aaaa, ttl: 60 });
  const plan = planFor('six.example', 'both.example');
  followed.names.follow(plan);
  await followed.names.firstAnswers(5_000);
  expect(followed.addresses(plan)).toEqual([['2001:db8::1'], ['192.0.2.1']]);
});

it('leaves other upstreams as they are', async () => {
  await using followed = await follow();
  const plan: EndpointPlan = {
    upstreams: sortedList([
      {
        name: 'a/b:1',
        endpoints: [{ address: '192.0.2.9', port: 1 }],
        externalName: null,
        transport: PLAIN_HTTP1,
      },
    ]),
  };
  followed.names.follow(plan);
  await followed.names.firstAnswers(5_000);
  expect(followed.names.resolve(plan).plan).toEqual(plan);
});

it('asks again when the TTL is over, and says when the answer changed', async () => {
  await using followed = await follow();
  followed.dns.names.set('db.example', { a: ['192.0.2.1'], ttl: 1 });
  const plan = planFor('db.example');
  followed.names.follow(plan);
  await followed.names.firstAnswers(5_000);
  const changesBefore = followed.changeCount;
  followed.dns.names.set('db.example', { a: ['192.0.2.7'], ttl: 600 });
  await vi.waitFor(() => expect(followed.addresses(plan)).toEqual([['192.0.2.7']]), WAIT);
  expect(followed.changeCount).toBe(changesBefore + 1);
});

it('does not ask again within the TTL', async () => {
  await using followed = await follow();
  followed.dns.names.set('slow.example', { a: ['192.0.2.1'], ttl: 600 });
  followed.dns.names.set('fast.example', { a: ['192.0.2.2'], ttl: 1 });
  followed.names.follow(planFor('slow.example', 'fast.example'));
  await vi.waitFor(
    () => expect(followed.dns.questionCount('fast.example')).toBeGreaterThanOrEqual(2),
    WAIT,
  );
  expect(followed.dns.questionCount('slow.example')).toBe(1);
});

it('never gives an address that only the node itself may reach', async () => {
  await using followed = await follow();
  followed.dns.names.set('trap.example', { a: ['169.254.169.254', '192.0.2.1'], ttl: 60 });
  followed.dns.names.set('six.example', { aaaa: ['00000000000000000000ffff7f000001'], ttl: 60 });
  const plan = planFor('trap.example', 'six.example');
  followed.names.follow(plan);
  await followed.names.firstAnswers(5_000);
  expect(followed.addresses(plan)).toEqual([['192.0.2.1'], []]);
  expect(followed.names.resolve(plan).problems).toEqual([
    {
      object: { kind: 'Service', namespace: 'shop', name: 'service-0' },
      field: 'spec.externalName',
      reason: 'ForbiddenAddress',
      message:
        'DNS gives 169.254.169.254:8080 for "trap.example": ' +
        'that is a link-local address, and is never proxied to',
      position: null,
    },
    expect.objectContaining({ message: expect.stringContaining('a loopback address') }),
  ]);
});

it('keeps the last answer while DNS fails', async () => {
  await using followed = await follow();
  followed.dns.names.set('db.example', { a: ['192.0.2.1'], ttl: 1 });
  const plan = planFor('db.example');
  followed.names.follow(plan);
  await followed.names.firstAnswers(5_000);
  followed.dns.names.set('db.example', 'fails');
  const asked = followed.dns.questionCount('db.example');
  await vi.waitFor(
    () => expect(followed.dns.questionCount('db.example')).toBeGreaterThan(asked),
    WAIT,
  );
  expect(followed.addresses(plan)).toEqual([['192.0.2.1']]);
  expect(followed.names.resolve(plan).problems).toEqual([]);
});

it('reports a name that was never resolved, until it is', async () => {
  await using followed = await follow();
  const plan = planFor('db.example');
  followed.names.follow(plan);
  await followed.names.firstAnswers(5_000);
  expect(followed.names.resolve(plan).problems).toEqual([
    {
      object: { kind: 'Service', namespace: 'shop', name: 'service-0' },
      field: 'spec.externalName',
      reason: 'ExternalNameUnresolved',
      message: 'DNS has no address for "db.example": ENOTFOUND',
      position: null,
    },
  ]);
  followed.dns.names.set('db.example', { a: ['192.0.2.1'], ttl: 60 });
  await vi.waitFor(() => expect(followed.names.resolve(plan).problems).toEqual([]), WAIT);
  expect(followed.addresses(plan)).toEqual([['192.0.2.1']]);
});

it('forgets a name that is not asked for any more', async () => {
  await using followed = await follow();
  followed.dns.names.set('db.example', { a: ['192.0.2.1'], ttl: 600 });
  const plan = planFor('db.example');
  followed.names.follow(plan);
  await followed.names.firstAnswers(5_000);
  followed.names.follow(planFor());
  followed.names.follow(plan);
  expect(followed.addresses(plan)).toEqual([[]]);
  await followed.names.firstAnswers(5_000);
  expect(followed.dns.questionCount('db.example')).toBe(2);
});
