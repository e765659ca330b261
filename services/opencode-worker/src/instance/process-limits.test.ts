import { expect, test } from "vitest";
import { argumentsWithin } from "./process-limits.ts";

const table = `Limit                     Soft Limit           Hard Limit           Units
Max file size             unlimited            unlimited            bytes
Max core file size        0                    unlimited            bytes
Max processes             100                  300                  processes
Max open files            1024                 4096                 files
`;
const limits = { memoryMib: 1, cpus: 1, pids: 512, fileMib: 2 };

test("no limit is set above what the worker itself may have", () => {
  expect(argumentsWithin(table, limits, true)).toEqual([
    "--core=0:0",
    "--nofile=4096:4096",
    "--fsize=2097152:2097152",
    "--nproc=300:300",
  ]);
});

test("processes are not counted for a user that is the worker's own", () => {
  expect(argumentsWithin("", limits, false).join(" ")).not.toContain("nproc");
});
