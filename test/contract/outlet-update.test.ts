import { createClock } from "../../src/io/clock.ts";
import { createUpdateOutlet } from "../../src/io/publish/update/update-outlet.ts";
import { silentLog } from "../fakes/silent-log.ts";
import { startUpdatable, updatableNames, updateKey } from "../interop/update-servers.ts";
import { outletContract } from "./outlet.contract.ts";

for (const name of updatableNames) {
  outletContract(`update to ${name}`, async () => {
    const server = await startUpdatable(name);
    const outlet = createUpdateOutlet({
      zone: "example.org",
      server: { ...server.endpoint, key: updateKey.name },
      key: updateKey,
      clock: createClock(),
      log: silentLog,
      onChange: () => undefined,
      signal: new AbortController().signal,
    });
    return {
      outlet,
      records: (owner, type) => server.records(owner, type),
      takeAway: () => server.stop(),
      giveBack: () => server.start(),
      close: async () => {
        await outlet.close();
        await server.close();
      },
    };
  });
}
