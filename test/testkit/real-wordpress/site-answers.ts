// What a site answers about itself, read by the test's own hand: another reader than the import's, so that a fault there shows.
export interface SaidRow {
  readonly id: number;
  readonly [member: string]: unknown;
}

/** Asks routes as the owner of an application password. Plain permalinks have the route in the query. */
export class SiteAsker {
  constructor(
    readonly url: string,
    private readonly login: string,
    private readonly password: string,
  ) {}

  async send(method: string, route: string, query: Readonly<Record<string, string>> = {}, body?: unknown): Promise<Response> {
    const address = new URL(`${this.url}/`);
    address.searchParams.set('rest_route', `/${route}`);
    for (const [name, value] of Object.entries(query)) address.searchParams.set(name, value);
    const headers: Record<string, string> = { authorization: `Basic ${Buffer.from(`${this.login}:${this.password}`).toString('base64')}`, 'content-type': 'application/json' };
    return fetch(address, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  }

  /** The answer of a route; throws when the site refuses. */
  async read<T = unknown>(route: string, query: Readonly<Record<string, string>> = {}): Promise<T> {
    return this.ok<T>(await this.send('GET', route, query), route);
  }

  async change<T = SaidRow>(method: string, route: string, body?: unknown): Promise<T> {
    return this.ok<T>(await this.send(method, route, {}, body), route);
  }

  /** All rows of a list. */
  async all(route: string, query: Readonly<Record<string, string>> = {}): Promise<SaidRow[]> {
    const rows: SaidRow[] = [];
    for (let page = 1; ; page += 1) {
      const answer = await this.send('GET', route, { context: 'edit', per_page: '50', page: String(page), ...query });
      rows.push(...(await this.ok<SaidRow[]>(answer, route)));
      if (page >= Number(answer.headers.get('x-wp-totalpages') ?? 1)) return rows;
    }
  }

  private async ok<T>(answer: Response, route: string): Promise<T> {
    if (!answer.ok) throw new Error(`${route}: the site answered ${answer.status} ${(await answer.text()).slice(0, 300)}`);
    return (await answer.json()) as T;
  }
}
