/**
 * What the API says, against its own description (OpenAPI 3.1), strictly: a field that is not described is a fault, and so is
 * a word of the description that is not understood here. Only the words of JSON Schema that the description has are known.
 */
import { z } from "zod";

const schemaSchema = z
  .object({
    $ref: z.string(),
    type: z.union([z.string(), z.array(z.string())]),
    properties: z.record(z.string(), z.unknown()),
    required: z.array(z.string()),
    items: z.unknown(),
    enum: z.array(z.unknown()),
    anyOf: z.array(z.unknown()),
    oneOf: z.array(z.unknown()),
    description: z.string(),
  })
  .partial()
  .strict();

const contentSchema = z.record(z.string(), z.object({ schema: z.unknown() }));
const callSchema = z.object({ responses: z.record(z.string(), z.object({ content: contentSchema })) });
const descriptionSchema = z.object({
  paths: z.record(z.string(), z.record(z.string(), callSchema)),
  components: z.object({ schemas: z.record(z.string(), z.unknown()) }),
});

export interface Described {
  /** Every call, such as `GET /api/v1/status`. */
  readonly calls: readonly string[];
  /** Where a reply is not as described; empty: it is. */
  faults(call: string, reply: { readonly status: number; readonly type: string; readonly value: unknown }): string[];
}

export function readDescription(document: unknown): Described {
  const { components, paths } = descriptionSchema.parse(document);
  const responses = new Map<string, z.infer<typeof callSchema>["responses"]>(
    Object.entries(paths).flatMap(([path, calls]) =>
      Object.entries(calls).map(([method, call]): [string, typeof call.responses] => [
        `${method.toUpperCase()} ${path}`,
        call.responses,
      ]),
    ),
  );
  const judge = new Judge(components.schemas);
  return {
    calls: [...responses.keys()],
    faults(call, { status, type, value }) {
      const known = responses.get(call);
      // What is not described by its own status is an error, and every error has the same shape.
      const content = (known?.[String(status)] ?? (status < 400 ? undefined : known?.["default"]))?.content[type];
      if (content === undefined) return [`${call}: status ${status} with ${type} is not described`];
      return judge.faults(value, content.schema, call);
    },
  };
}

class Judge {
  readonly #named: Readonly<Record<string, unknown>>;

  constructor(named: Readonly<Record<string, unknown>>) {
    this.#named = named;
  }

  faults(value: unknown, given: unknown, at: string): string[] {
    const schema = schemaSchema.parse(given);
    if (schema.$ref !== undefined)
      return this.faults(value, this.#named[schema.$ref.replace("#/components/schemas/", "")], at);
    const choices = schema.anyOf ?? schema.oneOf;
    if (choices !== undefined) return this.#choice(value, choices, at);
    const type = kindOf(value);
    if (schema.type !== undefined && ![schema.type].flat().includes(type)) return [`${at}: ${type}`];
    if (schema.enum !== undefined && !schema.enum.includes(value)) return [`${at}: ${JSON.stringify(value)}`];
    if (Array.isArray(value)) return value.flatMap((item, i) => this.faults(item, schema.items, `${at}[${i}]`));
    if (type !== "object") return [];
    return this.#fields(new Map(Object.entries(z.object({}).loose().parse(value))), schema, at);
  }

  #choice(value: unknown, choices: readonly unknown[], at: string): string[] {
    const all = choices.map((choice) => this.faults(value, choice, at));
    return all.toSorted((a, b) => a.length - b.length)[0] ?? [];
  }

  #fields(fields: ReadonlyMap<string, unknown>, schema: z.infer<typeof schemaSchema>, at: string): string[] {
    const missing = (schema.required ?? []).filter((name) => !fields.has(name));
    const described = schema.properties ?? {};
    return [
      ...missing.map((name) => `${at}.${name}: missing`),
      ...[...fields].flatMap(([name, field]) =>
        Object.hasOwn(described, name)
          ? this.faults(field, described[name], `${at}.${name}`)
          : [`${at}.${name}: not described`],
      ),
    ];
  }
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}
