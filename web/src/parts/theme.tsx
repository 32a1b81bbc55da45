/**
 * Dark or light: the system's preference, until somebody chooses otherwise; the choice is remembered. Choosing what the
 * system prefers anyway forgets the choice, so that the page follows the system again.
 */
import { signal } from "@preact/signals";

type Theme = "dark" | "light";

const key = "muster-theme";
const system = window.matchMedia("(prefers-color-scheme: dark)");
const theme = signal<Theme>(read());

system.addEventListener("change", () => {
  theme.value = read();
});

function read(): Theme {
  const chosen = document.documentElement.dataset["theme"];
  if (chosen === "dark" || chosen === "light") return chosen;
  return system.matches ? "dark" : "light";
}

function choose(wanted: Theme): void {
  if (wanted === (system.matches ? "dark" : "light")) {
    delete document.documentElement.dataset["theme"];
    localStorage.removeItem(key);
  } else {
    document.documentElement.dataset["theme"] = wanted;
    localStorage.setItem(key, wanted);
  }
  theme.value = wanted;
}

export function ThemeToggle() {
  const other = theme.value === "dark" ? "light" : "dark";
  return (
    <button type="button" class="quiet theme" onClick={() => choose(other)} aria-label={`Switch to ${other} colours`}>
      {other}
    </button>
  );
}
