/**
 * What a kind of probe is to the configuration: what may stand behind its word in a check, and how that becomes a complete
 * probe. Settings stay partial in between, since a pool's check and a member's are laid over each other.
 */
import type { z } from "zod";
import type { ProbeConfig } from "../../core/model.ts";
import type { Build } from "../build.ts";
import type { Path } from "../problem.ts";

/** Where a check stands, and the pool's name, which a probe may need as a host. */
export interface ProbePlace {
  readonly path: Path;
  readonly host: string;
}

export interface ProbeWords {
  readonly schema: z.ZodType;
  /** One sentence for editors. */
  readonly about: string;
  /** Every n-th probe is on a new connection, unless the file says otherwise. */
  readonly freshEvery: number;
  /** What one place in the file says; `value` is what the schema gave. Reports what is wrong with it. */
  readonly read: (build: Build, value: unknown, path: Path) => object;
  /** With every default filled in. Reports what can only be said of the whole. */
  readonly complete: (build: Build, settings: object, place: ProbePlace) => ProbeConfig;
}

interface Definition<Schema extends z.ZodType, Settings extends object> {
  readonly schema: Schema;
  readonly about: string;
  readonly freshEvery?: number;
  readonly read: (build: Build, value: z.output<Schema>, path: Path) => Settings;
  readonly complete: (build: Build, settings: Settings, place: ProbePlace) => ProbeConfig;
}

/** Makes one entry of the list of kinds: the schema vouches for the value, and `read` for the settings. */
export function defineWords<Schema extends z.ZodType, Settings extends object>(
  definition: Definition<Schema, Settings>,
): ProbeWords {
  return {
    schema: definition.schema,
    about: definition.about,
    freshEvery: definition.freshEvery ?? 1,
    read: (build, value, path) => definition.read(build, value as z.output<Schema>, path),
    complete: (build, settings, place) => definition.complete(build, settings as Settings, place),
  };
}
