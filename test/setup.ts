/**
 * Property tests try the same values each time, so that a run says something about a change and not about luck.
 * `MUSTER_SEED=N npm test -- src` tries others; what they find becomes a test before it is mended.
 */
import fc from "fast-check";

const seedDefault = 20_261_121;

fc.configureGlobal({ seed: Number(process.env["MUSTER_SEED"] ?? seedDefault) });
