/** The page as a whole: the head, then pools, what is set by hand, who looks, publishing and story, or the form that asks for a token. */
import { link, status } from "../state.ts";
import { Agents } from "./agents.tsx";
import { AskDialog } from "./ask.tsx";
import { ByHand } from "./by-hand.tsx";
import { Foot } from "./foot.tsx";
import { Head } from "./head.tsx";
import { PlanDialog } from "./plan-dialog.tsx";
import { Pools } from "./pools.tsx";
import { Publishing } from "./publishing.tsx";
import { Story } from "./story.tsx";
import { TokenForm } from "./token.tsx";
import { Vantage } from "./vantage.tsx";

export function Page() {
  if (link.value.kind === "locked") return <TokenForm refused={link.value.refused} />;
  const view = status.value;
  return (
    <div class="page" data-link={link.value.kind}>
      <Head />
      {view !== null && (
        <main>
          <div class="present">
            <Pools view={view} />
            <ByHand view={view} />
            <Vantage view={view} />
            <Publishing view={view} />
            <Agents view={view} />
          </div>
          <Story />
        </main>
      )}
      {view !== null && <Foot view={view} />}
      <AskDialog />
      <PlanDialog />
    </div>
  );
}
