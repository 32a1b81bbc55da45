/** Starts the page: draws it, opens the stream, lets the clock tick, and keeps title and icon of the tab true. */
import { effect } from "@preact/signals";
import { render } from "preact";
import { connect } from "./live.ts";
import { Page } from "./parts/page.tsx";
import { headline, link, tick } from "./state.ts";
import "./style.css";

const icons = { calm: "up", notice: "warn", bad: "down", alarm: "down" } as const;

const root = document.getElementById("page");
if (root !== null) render(<Page />, root);

effect(() => {
  const line = headline.value;
  const lost = link.value.kind !== "live";
  const icon = lost || line === null ? "lost" : icons[line.tone];
  document.getElementById("icon")?.setAttribute("href", `./icon-${icon}.svg`);
  document.title = line === null ? "muster" : `${lost ? "(not live) " : ""}${line.sentence} · muster`;
});

setInterval(tick, 1000);
connect();
