export { Agenda } from "../src/base/agenda.ts";
