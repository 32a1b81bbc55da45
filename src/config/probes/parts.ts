/** Schemas that several kinds of probe share. */
import { parseName } from "../scalars.ts";
import { integer, oneOf, text, textOf } from "../schema-parts.ts";

export const name = textOf(parseName, "a name such as www.example.org");

export const portText = text("a port from 1 to 65535, or a service name such as https", 64);
export const port = oneOf("a port from 1 to 65535, or a service name such as https", [integer(1, 65_535), portText]);
