/** The value of one of Headgate's metrics. */
export async function headgateMetric(adminPort: number | undefined, name: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text();
  return Number(new RegExp(`^${name} (.+)$`, "m").exec(text)?.[1]);
}
