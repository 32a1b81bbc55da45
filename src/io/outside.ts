/**
 * Everything outside of muster's own DNS server that must hold the same truth: other nameservers that are updated, files
 * that others serve, secondaries that are told, primaries that are followed. The runner speaks to all of them as one.
 */
import type { Config } from "../core/model.ts";
import type { NameserverView, OutletView } from "../core/view.ts";
import type { ZoneTransaction } from "../dns/types.ts";
import type { ZoneOutside } from "./zone-hands.ts";

export interface OutsideParts {
  readonly outlets: {
    configure(config: Config): void;
    take(transaction: ZoneTransaction): void;
    views(): readonly OutletView[];
    close(): Promise<void>;
  };
}

export interface Outside extends ZoneOutside {
  outlets(): readonly OutletView[];
  nameservers(): readonly NameserverView[];
  close(): Promise<void>;
}

export function createOutside({ outlets }: OutsideParts): Outside {
  return {
    configure: (config) => outlets.configure(config),
    wanted: (transaction) => outlets.take(transaction),
    published: () => undefined,
    follow: () => undefined,
    forget: () => undefined,
    outlets: () => outlets.views(),
    nameservers: () => [],
    close: () => outlets.close(),
  };
}
