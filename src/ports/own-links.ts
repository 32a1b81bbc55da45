/** A network interface of this machine, and what lies behind it. */
export interface OwnLinkState {
  readonly name: string;
  /** Whether it has a carrier: a cable, and something at its other end. */
  readonly up: boolean;
  /** Its networks, such as `192.0.2.0/24`; those that it last had, while it is down. */
  readonly networks: readonly string[];
  /** Whether it leads to where no other interface does, for IPv4 and IPv6. */
  readonly leads4: boolean;
  readonly leads6: boolean;
}

/** What the controller knows of its own way to others. It looks now and then. */
export interface OwnLinks {
  /** Calls the one listener when it has looked for the first time, and whenever something is different. */
  onChange(listener: (links: readonly OwnLinkState[]) => void): void;
  close(): void;
}
