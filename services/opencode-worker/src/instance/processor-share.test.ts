import { expect, test } from "vitest";
import { ProcessorShare } from "./processor-share.ts";

const status = (list: string) => `Name:\tnode\nCpus_allowed:\tff\nCpus_allowed_list:\t${list}\nMems:\t1\n`;

test("each instance gets as many processors as it may use, and the next one the next", () => {
  const share = new ProcessorShare(1.5);
  const taken = Array.from({ length: 4 }, () => share.within(status("0-2,8,10-10")));
  expect(taken).toEqual(["0,1", "2,8", "10,0", "1,2"]);
});

test("where there are no more than that, or nobody says how many, it may use all", () => {
  expect(new ProcessorShare(2).within(status("0-1"))).toBeNull();
  expect(new ProcessorShare(2).within("")).toBeNull();
});
