import { expect, test } from "vitest";
import { mountPoints } from "./mount-points.ts";

test("mount points as proc(5) writes them, with spaces, backslashes and letters beyond ASCII", () => {
  const text = `22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
36 22 0:33 / /srv/with\\040space rw - nfs4 192.0.2.1:/x rw
37 22 0:34 / /srv/back\\134slash rw - nfs4 192.0.2.1:/y rw
38 22 0:35 / /srv/müll rw - fuse bindfs rw
`;
  expect([...mountPoints(text)]).toEqual(["/", "/srv/with space", "/srv/back\\slash", "/srv/müll"]);
});
