/** Draws an explanation as a tree: each step's sentence with the rule it stands on, deeper evidence below it. */
import type { ExplanationReply } from "../api/contract.ts";
import type { PictureStyle } from "./picture.ts";
import { clean, wrap } from "./text.ts";

type Step = ExplanationReply["steps"][number];

/** Deeper evidence is not drawn; no explanation of ours goes half as deep. */
const DEPTH_MAX = 16;

export function drawExplanation({ name, steps }: ExplanationReply, style: PictureStyle): readonly string[] {
  return [style.paint("bold", clean(name)), ...drawSteps(steps, style, "")];
}

function drawSteps(steps: readonly Step[], style: PictureStyle, indent: string): readonly string[] {
  return steps.flatMap((step, index) => {
    const isLast = index === steps.length - 1;
    const [head, below] = isLast ? ["└─ ", "   "] : ["├─ ", "│  "];
    const deeper = indent.length / 3 < DEPTH_MAX ? drawSteps(step.because, style, indent + below) : [];
    return [...drawSentence(step, style, { first: indent + head, next: indent + below }), ...deeper];
  });
}

function drawSentence(
  { sentence, rule }: Step,
  { paint, width }: PictureStyle,
  indent: { readonly first: string; readonly next: string },
): readonly string[] {
  const ruleText = `[${clean(rule)}]`;
  const lines = wrap(`${clean(sentence)} ${ruleText}`, width - indent.first.length);
  return lines.map((line, index) => {
    const text = line.endsWith(ruleText) ? line.slice(0, -ruleText.length) + paint("dim", ruleText) : line;
    return (index === 0 ? indent.first : indent.next) + text;
  });
}
