/** Where an etcd is, and who we are to it. */

/** Who the server is, and with which certificate a client proves itself. PEM. */
export interface EtcdTls {
  /** Certificates of the authorities that sign servers' certificates; absent: those of the system. */
  readonly ca?: Buffer;
  /** Of the client; both or none. */
  readonly identity?: { readonly certificate: Buffer; readonly key: Buffer };
}

export interface EtcdLocation {
  /** Client addresses of the members, `HOST:PORT`; at least one. */
  readonly endpoints: readonly string[];
  /** Keys of everything that is ours begin so; several installations share an etcd by different ones. */
  readonly prefix: string;
  /** Absent: no encryption. */
  readonly tls?: EtcdTls;
  /** Of etcd's own authentication. */
  readonly user?: { readonly name: string; readonly password: string };
}

/** What messages call the place: endpoints and prefix, no secrets. */
export function describeEtcd({ endpoints, prefix, tls }: EtcdLocation): string {
  return `etcd${tls === undefined ? "" : "s"}://${endpoints.join(",")}${prefix.startsWith("/") ? "" : "/"}${prefix}`;
}
