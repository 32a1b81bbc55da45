/**
 * The rooms of the house and what each may import: the one table behind ARCHITECTURE.md. A room is the longest
 * prefix of a file's path. Tests live beside what they test and may import anything.
 */
export interface Room {
  readonly path: string;
  /** Rooms whose files may be imported, besides its own; "everything" for the places where all parts meet. */
  readonly imports: readonly string[] | "everything";
  /** Rooms of which only types may be imported. */
  readonly types?: readonly string[];
  /** No clock, timer, chance, process or Node module: all of that comes in as an argument. */
  readonly pure: boolean;
}

const below = {
  dns: ["src/base"],
  core: ["src/base", "src/dns"],
  ports: ["src/base", "src/dns", "src/core"],
  roles: ["src/base", "src/dns", "src/core", "src/ports"],
} as const;

export const rooms: readonly Room[] = [
  { path: "src/base", imports: [], pure: true },
  { path: "src/dns", imports: below.dns, pure: true },
  { path: "src/core", imports: below.core, pure: true },
  { path: "src/ports", imports: below.ports, pure: true },
  { path: "src/roles", imports: below.roles, pure: true },
  { path: "src/config", imports: below.ports, types: ["src/ports"], pure: true },
  { path: "src/import", imports: ["src/base", "src/dns", "src/core", "src/config"], pure: true },
  { path: "src/io", imports: [...below.roles, "src/roles", "src/config"], pure: false },
  {
    path: "src/api",
    imports: ["src/base", "src/core", "src/ports", "src/config", "src/io"],
    types: ["src/dns"],
    pure: false,
  },
  {
    path: "src/cli",
    imports: ["src/base", "src/core", "src/api", "src/config", "src/import", "src/io", "src/dns"],
    pure: false,
  },
  { path: "src", imports: "everything", pure: false },
  { path: "web", imports: [], types: ["src/api", "src/core", "src/base"], pure: false },
  { path: "sim", imports: [...below.roles, "src/roles", "src/config"], pure: false },
  { path: "bench", imports: "everything", pure: false },
  { path: "test", imports: "everything", pure: false },
  { path: "tools", imports: "everything", pure: false },
];

export function roomOf(path: string): Room | null {
  const holding = rooms.filter((room) => path.startsWith(`${room.path}/`));
  return holding.reduce<Room | null>(
    (best, room) => (best && best.path.length >= room.path.length ? best : room),
    null,
  );
}
