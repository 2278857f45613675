// How the open connections are spread over Headgate's workers, from its metrics page.

const SERIES = /^headgate_downstream_connections_active\{worker="(\d+)"\} (\d+)$/gm;

/** One count per worker, in the order of the page. */
export async function workerConnections(adminPort: number): Promise<number[]> {
  const response = await fetch(`http://127.0.0.1:${adminPort}/metrics`);
  return [...(await response.text()).matchAll(SERIES)].map(([, , count]) => Number(count));
}
