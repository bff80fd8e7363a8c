/** What a client is made from and where, and what its program is told. */
export interface Place {
  /** The OpenAPI document. */
  document: string;
  /** An empty folder of its own. */
  folder: string;
  /** The host, the API key and the peer, as its program gets them. */
  env: Readonly<Record<string, string>>;
}
