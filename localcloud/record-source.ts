/** One answer of the zone: the content of a record as Cloudflare keeps it, and its TTL in seconds. */
export interface RecordAnswer {
  content: string;
  ttl: number;
  /** MX and SRV only. */
  priority?: number;
}

/** Where the DNS server of the embedded cloud reads the zone: the live Cloudflare records. */
export interface RecordSource {
  /** Records of one name and type; names without regard to case and with or without the final dot, `*` labels included. */
  lookup(name: string, type: string): RecordAnswer[];
  /** Whether the name has records of any type: tells an empty answer from a name that does not exist. */
  exists(name: string): boolean;
}
