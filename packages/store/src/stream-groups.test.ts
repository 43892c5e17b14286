import { ascii } from "@slotcast/protocol";
import { expect, test } from "vitest";
import { STREAM_ID_MIN } from "./stream-id.ts";
import { StreamGroups } from "./stream-groups.ts";

const FROM_START = { lastDeliveredId: STREAM_ID_MIN, entriesRead: undefined };
const [MAIL, PUSH] = [ascii("mail"), ascii("a name of more than thirteen chars")];

test("a group is found by its name, whoever was asked for before", () => {
  const groups = new StreamGroups();
  expect(groups.get(MAIL)).toBeUndefined();
  const mail = groups.create(MAIL, FROM_START);
  const push = groups.create(PUSH, FROM_START);
  for (const name of [MAIL, MAIL, PUSH, PUSH, MAIL]) {
    expect(groups.get(name)).toBe(name === MAIL ? mail : push);
  }
  expect(groups.get(ascii("Mail"))).toBeUndefined();
  expect(groups.create(MAIL, FROM_START)).toBeUndefined();
  expect([...groups.all()]).toEqual([mail, push]);
});

test("a destroyed group is found no more, and its name is free", () => {
  const groups = new StreamGroups();
  const first = groups.create(MAIL, FROM_START);
  expect(groups.get(MAIL)).toBe(first);
  expect(groups.destroy(MAIL)).toBe(true);
  expect(groups.get(MAIL)).toBeUndefined();
  expect(groups.destroy(MAIL)).toBe(false);
  const second = groups.create(MAIL, FROM_START);
  expect(groups.get(MAIL)).toBe(second);
  expect(second).not.toBe(first);
});
