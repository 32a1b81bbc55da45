import { expect, test } from "vitest";
import { defaultDevices4, defaultDevices6 } from "./own-links.ts";

test("T1 default routes are found in what the kernel says", () => {
  const head = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT";
  const rows = [
    head,
    "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0",
    "eth1\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0",
    "",
  ];
  expect([...defaultDevices4(rows.join("\n"))]).toEqual(["eth0"]);
  expect(defaultDevices4("")).toEqual(new Set());
  const none = "0".repeat(32);
  const six = [
    `${none} 00 ${none} 00 fe800000000000000000000000000001 00000400 00000001 00000000 00000003     eth0`,
    `${none} 00 ${none} 00 ${none} ffffffff 00000001 00000000 00200200       lo`,
    `20010db8000000000000000000000000 40 ${none} 00 ${none} 00000100 00000001 00000000 00000001     eth1`,
  ];
  expect([...defaultDevices6(six.join("\n"))]).toEqual(["eth0"]);
});
