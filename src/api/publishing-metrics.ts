/**
 * Metrics of nameservers and outlets: whether each is in step, its serial, its lag, and how long changes took to get
 * there. The delays were counted in buckets by what watches, so the histogram is written down as it is, in Prometheus'
 * text format 0.0.4: a client library's histogram only takes single observations.
 */
import { Gauge, type Registry } from "@prometheus-io/client";
import type { NameserverView, OutletView, StatusView } from "../core/view.ts";

/** Nameservers, and outlets, that get series of their own: a histogram has seventeen. */
export const METRICS_PLACES_MAX = 2000;

type Fill = (registry: Registry) => void;

const nameserverLabels = ["zone", "nameserver", "endpoint"] as const;

interface NameserverGauge {
  readonly name: string;
  readonly help: string;
  /** Null: no series. */
  readonly value: (nameserver: NameserverView) => number | null;
}

const nameserverGauges: readonly NameserverGauge[] = [
  {
    name: "muster_nameserver_in_step",
    help: "1: the nameserver serves what was decided",
    value: ({ state }) => Number(state === "in-step"),
  },
  {
    name: "muster_nameserver_trouble",
    help: "1: it is out of step for longer than a change takes",
    value: ({ trouble }) => Number(trouble),
  },
  {
    name: "muster_nameserver_serial",
    help: "SOA serial that the nameserver was last seen to serve",
    value: ({ serial }) => serial,
  },
  {
    name: "muster_nameserver_lag_seconds",
    help: "How long the nameserver has been behind what was decided",
    value: ({ lagSeconds }) => lagSeconds,
  },
];

export function publishingSections({ nameservers, outlets }: StatusView): readonly Fill[] {
  const shown = nameservers.slice(0, METRICS_PLACES_MAX);
  const gauges = nameserverGauges.map(
    ({ name, help, value }): Fill =>
      (registry) => {
        const gauge = new Gauge({ name, help, labelNames: nameserverLabels, registers: [registry] });
        for (const nameserver of shown) {
          const found = value(nameserver);
          if (found !== null) gauge.set(labelsOf(nameserver), found);
        }
      },
  );
  return [
    ...gauges,
    (registry) => addOutlets(registry, outlets),
    (registry) => addLeftOut(registry, nameservers, outlets),
  ];
}

function addOutlets(registry: Registry, outlets: readonly OutletView[]): void {
  const name = "muster_outlet_in_step";
  const help = "1: the server or file outside holds what was decided";
  const gauge = new Gauge({ name, help, labelNames: ["zone", "outlet"], registers: [registry] });
  for (const outlet of outlets.slice(0, METRICS_PLACES_MAX))
    gauge.set({ zone: outlet.zone, outlet: outlet.name }, Number(outlet.state === "in-step"));
}

function addLeftOut(registry: Registry, nameservers: readonly unknown[], outlets: readonly unknown[]): void {
  const name = "muster_places_without_series";
  const help = "Nameservers and outlets that got no series of their own, because there are too many";
  const left = [nameservers, outlets].map((places) => Math.max(0, places.length - METRICS_PLACES_MAX));
  new Gauge({ name, help, registers: [registry] }).set(left.reduce((sum, each) => sum + each, 0));
}

const histogram = "muster_nameserver_delay_seconds";

/** From a change being durable to each nameserver serving it; empty while nobody is watched. */
export function delayHistogram({ nameservers }: StatusView): string {
  const shown = nameservers.slice(0, METRICS_PLACES_MAX).filter(({ delays }) => delays.buckets.length > 0);
  if (shown.length === 0) return "";
  const head = [
    `# HELP ${histogram} From a change being durable to the nameserver serving it`,
    `# TYPE ${histogram} histogram`,
  ];
  return `${[...head, ...shown.flatMap(histogramLines)].join("\n")}\n`;
}

function histogramLines(nameserver: NameserverView): readonly string[] {
  const { buckets, count, sumMs } = nameserver.delays;
  const labels = Object.entries(labelsOf(nameserver))
    .map(([label, value]) => `${label}="${escapeLabel(value)}"`)
    .join(",");
  let below = 0;
  const lines = buckets.map(({ count: more, ms }) => {
    below += more;
    return `${histogram}_bucket{le="${ms === null ? "+Inf" : ms / 1000}",${labels}} ${below}`;
  });
  return [...lines, `${histogram}_sum{${labels}} ${sumMs / 1000}`, `${histogram}_count{${labels}} ${count}`];
}

function labelsOf({ endpoint, name, zone }: NameserverView): Record<(typeof nameserverLabels)[number], string> {
  return { zone, nameserver: name, endpoint };
}

function escapeLabel(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
}
