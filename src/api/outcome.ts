/** Turns what the controller said to an order into a reply, or into the error of the catalogue that it means. */
import type {
  Operator,
  OperatorOutcome,
  PlanOutcome,
  PlanView,
  RehearsalOutcome,
  SimulationOutcome,
  SimulationView,
} from "../core/view.ts";
import type { RehearsalView } from "../core/rehearsal.ts";
import type { DoneReply } from "./contract.ts";
import { ApiError } from "./errors.ts";

/** The reply carries the controller's time, since its promises are in it. */
export function doneReply(operator: Operator, outcome: OperatorOutcome): DoneReply {
  switch (outcome.kind) {
    case "done":
      return { at: operator.status().at, sentences: outcome.sentences, members: outcome.members };
    case "not-found": {
      const hint = outcome.nearest === null ? "" : `; did you mean ${outcome.nearest}?`;
      throw new ApiError("name_unknown", outcome.sentence + hint, outcome.nearest === null ? [] : [outcome.nearest]);
    }
    case "refused":
      throw new ApiError("refused", outcome.sentence, outcome.details);
  }
}

export function planReply(outcome: PlanOutcome): PlanView {
  if (outcome.kind === "planned") return outcome.plan;
  throw new ApiError("refused", outcome.sentence, outcome.details);
}

export function simulationReply(outcome: SimulationOutcome): SimulationView {
  if (outcome.kind === "simulated") return outcome.simulation;
  const hint = outcome.nearest === null ? "" : `; did you mean ${outcome.nearest}?`;
  throw new ApiError("name_unknown", outcome.sentence + hint, outcome.nearest === null ? [] : [outcome.nearest]);
}

export function rehearsalReply(outcome: RehearsalOutcome): RehearsalView {
  switch (outcome.kind) {
    case "rehearsed":
      return outcome.rehearsal;
    case "refused":
      throw new ApiError("refused", outcome.sentence, outcome.details);
    case "not-found": {
      const hint = outcome.nearest === null ? "" : `; did you mean ${outcome.nearest}?`;
      throw new ApiError("name_unknown", outcome.sentence + hint, outcome.nearest === null ? [] : [outcome.nearest]);
    }
  }
}
