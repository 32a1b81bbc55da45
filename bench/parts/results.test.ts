import { expect, test } from "vitest";
import { replaceSection } from "./results.ts";

const text = "# Results\n\nHead.\n\n## dns\n\nold\n\n## fault\n\nkept\n";

test("a section is replaced in its place", () => {
  expect(replaceSection(text, { name: "dns", section: "## dns\n\nnew\n" })).toBe(
    "# Results\n\nHead.\n\n## dns\n\nnew\n\n## fault\n\nkept\n",
  );
});

test("a new section goes to the end", () => {
  expect(replaceSection("# Results\n", { name: "dns", section: "## dns\n\nnew" })).toBe("# Results\n\n## dns\n\nnew\n");
});
