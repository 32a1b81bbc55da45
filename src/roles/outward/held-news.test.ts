import { expect, test } from "vitest";
import { HeldNews, type ZoneNews } from "./held-news.ts";

const origin = "example.org";

function told(act: (news: HeldNews) => void): readonly ZoneNews[] {
  const heard: ZoneNews[] = [];
  const news = new HeldNews((one) => void heard.push(one));
  act(news);
  return heard;
}

test("nothing is told before muster answers, then the last of each zone, and from then on everything at once", () => {
  const before = (news: HeldNews): void => {
    for (let serial = 1; serial <= 1000; serial++) news.tell({ origin, serial, quiet: false });
    news.tell({ origin: "example.net", serial: 7, quiet: true });
  };
  expect(told(before)).toEqual([]);
  const heard = told((news) => {
    before(news);
    news.release();
    news.tell({ origin, serial: 1001, quiet: false });
    news.tell({ origin, serial: 1002, quiet: false });
  });
  expect(heard).toEqual([
    { origin, serial: 1000, quiet: false },
    { origin: "example.net", serial: 7, quiet: true },
    { origin, serial: 1001, quiet: false },
    { origin, serial: 1002, quiet: false },
  ]);
});

test("what came back in quiet is news all the same if nobody has heard of the change before it", () => {
  const quietly = { origin, serial: 2, quiet: true };
  const heard = told((news) => {
    news.tell({ origin, serial: 2, quiet: false });
    news.tell(quietly);
    news.release();
  });
  expect(heard).toEqual([{ origin, serial: 2, quiet: false }]);
});

test("nobody is told of a zone that has left meanwhile", () => {
  const heard = told((news) => {
    news.tell({ origin, serial: 2, quiet: false });
    news.forget(origin);
    news.release();
    news.forget(origin);
  });
  expect(heard).toEqual([]);
});
