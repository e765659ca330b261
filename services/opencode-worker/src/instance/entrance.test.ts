import { expect, test } from "vitest";
import { Entrance } from "./entrance.ts";

const { signal } = new AbortController();

test("two are in at once, the others follow in their order, and one that gives up takes no place", async () => {
  const entrance = new Entrance();
  const [first] = await Promise.all([entrance.enter(signal), entrance.enter(signal)]);
  const order: string[] = [];
  const abort = new AbortController();
  const gone = entrance.enter(abort.signal);
  const third = entrance.enter(signal).then((place) => {
    order.push("third");
    return place;
  });
  const fourth = entrance.enter(signal).then((place) => {
    order.push("fourth");
    return place;
  });
  abort.abort();
  await expect(gone).rejects.toMatchObject({ name: "CancelledFailure" });
  expect(order).toEqual([]);
  first?.[Symbol.dispose]();
  first?.[Symbol.dispose]();
  const place = await third;
  expect(order).toEqual(["third"]);
  place[Symbol.dispose]();
  await fourth;
});
