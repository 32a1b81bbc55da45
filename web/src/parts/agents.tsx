/** Agents: one line while every machine says that it is fit; below it, those that do not, and what else is not well. */
import type { AgentView, StatusView } from "../../../src/core/view.ts";
import { notableAgents, oddities } from "../agents.ts";
import { count, endSentence } from "../format.ts";
import { Ago, Lasting } from "./ago.tsx";
import { Mark } from "./mark.tsx";

const rowsMax = 24;

/** Nothing while there are no agents. */
export function Agents({ view: { agents } }: { view: StatusView }) {
  if (agents.length === 0) return null;
  const rows = notableAgents(agents);
  const fit = agents.filter(({ word }) => word === "fit").length;
  return (
    <section class="publishing" aria-labelledby="agents-name">
      <header>
        <h2 id="agents-name">Agents</h2>
        <p class="facts">
          {fit === agents.length ? count(fit, "machine") : `${fit} of ${count(agents.length, "machine")}`} fit
        </p>
      </header>
      <ul>
        {rows.slice(0, rowsMax).map((agent) => (
          <AgentRow key={agent.name} agent={agent} />
        ))}
      </ul>
      {rows.length > rowsMax && <p class="muted">and {rows.length - rowsMax} more; `muster status --json` has all.</p>}
    </section>
  );
}

function AgentRow({ agent }: { agent: AgentView }) {
  const { addresses, heardAt, name, reason, since, word } = agent;
  const shape = word === "fit" ? "suspected" : word === "unheard" ? "unproven" : "down";
  return (
    <li class="zone agent" aria-label={`agent ${name}: ${word}`}>
      <header>
        <Mark shape={shape} />
        <h3>
          {name} <code>{addresses.join(" ")}</code>
        </h3>
        <p class="sum">
          <b>{word}</b> for <Lasting since={since} />
          {reason === "" ? "." : `: ${endSentence(reason)}`} {oddities(agent).map((one) => `${endSentence(one)} `)}
          {heardAt !== null && (
            <span class="muted">
              Heard <Ago at={heardAt} />.
            </span>
          )}
        </p>
      </header>
    </li>
  );
}
