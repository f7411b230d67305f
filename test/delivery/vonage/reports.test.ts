import { describe, expect, test } from "vitest";
import type { Callback } from "../../../src/delivery/provider.ts";
import { accountAt, webhook } from "./account.ts";
import { callEvent, completedCall, messageError, messageStatus, otherEvents } from "./published-webhooks.ts";

const reference = "AbCd-1234_reference";

async function read(callback: Callback) {
  const { reports } = accountAt("http://127.0.0.1:9");
  if (reports === undefined) throw new Error("the account takes no reports");
  return await reports.read(callback);
}

function failed(failure: string, detail: string) {
  return [{ reference, state: "failed", failure, detail }];
}

const delivered = [{ reference, state: "delivered" }];

describe("the status of an SMS", () => {
  test.each<[status: string, more: object, reports: object[]]>([
    ["submitted", {}, []],
    ["delivered", {}, delivered],
    ["read", {}, delivered],
    ["of a kind yet to come", {}, []],
    ["rejected", {}, failed("undelivered", "rejected")],
    ["undeliverable", {}, failed("undelivered", "undeliverable")],
    ["undeliverable", { error: messageError(1260) }, failed("destinationRefused", "undeliverable 1260")],
    [
      "undeliverable",
      { error: messageError(1260, 1260) },
      failed("destinationRefused", "undeliverable 1260"),
    ],
    ["undeliverable", { error: { title: 1190 } }, failed("destinationRefused", "undeliverable 1190")],
    ["rejected", { error: messageError(1170) }, failed("destinationRefused", "rejected 1170")],
    ["rejected", { error: messageError(1210) }, failed("blocked", "rejected 1210")],
    ["rejected", { error: messageError(1240) }, failed("blocked", "rejected 1240")],
    ["rejected", { error: messageError(1282) }, failed("blocked", "rejected 1282")],
    ["rejected", { error: messageError(1473) }, failed("blocked", "rejected 1473")],
    ["rejected", { error: messageError(1481) }, failed("accountRefused", "rejected 1481")],
    ["rejected", { error: messageError(1000) }, failed("undelivered", "rejected 1000")],
    ["rejected", { error: messageError(1070) }, failed("accountRefused", "rejected 1070")],
    ["undeliverable", { error: messageError(1180) }, failed("undelivered", "undeliverable 1180")],
    ["undeliverable", { error: messageError(1360) }, failed("undelivered", "undeliverable 1360")],
    ["undeliverable", { error: messageError(447_700) }, failed("undelivered", "undeliverable")],
    ["undeliverable", { error: "471902" }, failed("undelivered", "undeliverable")],
  ])("%s %j", async (status, more, reports) => {
    expect(await read(webhook(messageStatus(status, more)))).toEqual({ kind: "reports", reports });
  });

  test("names its message where the URL does not", async () => {
    const { reference: _, ...callback } = webhook(messageStatus("delivered"));
    expect(await read(callback)).toEqual({ kind: "reports", reports: delivered });
  });

  test("leaves it to the URL where it names none", async () => {
    const { client_ref: _, ...status } = messageStatus("delivered");
    expect(await read(webhook(status))).toEqual({ kind: "reports", reports: delivered });
  });

  test("is refused where neither names a message", async () => {
    const { client_ref: _, ...status } = messageStatus("delivered");
    const { reference: __, ...callback } = webhook(status);
    expect(await read(callback)).toEqual({ kind: "refused", why: "of no message" });
  });

  test("is refused at the URL of another message", async () => {
    const callback = webhook(messageStatus("delivered"), { reference: "another" });
    expect(await read(callback)).toEqual({ kind: "refused", why: "of another message" });
  });
});

describe("the event of a call", () => {
  test.each<[event: object, reports: object[]]>([
    [callEvent("started"), []],
    [callEvent("ringing"), []],
    [callEvent("answered", { start_time: null, rate: null, network: null }), []],
    [callEvent("human"), []],
    [callEvent("machine", { sub_state: "beep_start" }), []],
    [callEvent("disconnected"), []],
    [completedCall, delivered],
    [callEvent("completed"), delivered],
    [callEvent("completed", { duration: "0" }), failed("undelivered", "completed at once")],
    [callEvent("completed", { duration: 0 }), failed("undelivered", "completed at once")],
    [callEvent("busy"), failed("undelivered", "busy")],
    [callEvent("cancelled"), failed("undelivered", "cancelled")],
    [callEvent("timeout"), failed("undelivered", "timeout")],
    [callEvent("unanswered"), failed("undelivered", "unanswered")],
    [callEvent("unanswered", { detail: "unavailable" }), failed("undelivered", "unanswered unavailable")],
    [callEvent("unanswered", { detail: "timeout" }), failed("undelivered", "unanswered timeout")],
    [callEvent("rejected"), failed("undelivered", "rejected")],
    [callEvent("rejected", { detail: "declined" }), failed("undelivered", "rejected declined")],
    [callEvent("rejected", { detail: "restricted" }), failed("blocked", "rejected restricted")],
    [
      callEvent("rejected", { detail: "invalid_number" }),
      failed("destinationRefused", "rejected invalid_number"),
    ],
    [callEvent("failed", { detail: "internal_error" }), failed("undelivered", "failed internal_error")],
    [callEvent("failed", { detail: "cannot_route" }), failed("destinationRefused", "failed cannot_route")],
    [
      callEvent("failed", { detail: "number_out_of_service" }),
      failed("destinationRefused", "failed number_out_of_service"),
    ],
    [callEvent("failed", { detail: "447700900000" }), failed("undelivered", "failed")],
  ])("%j", async (event, reports) => {
    expect(await read(webhook(event))).toEqual({ kind: "reports", reports });
  });

  test.each(otherEvents)("that is %s is left out", async (_, event) => {
    expect(await read(webhook(event))).toEqual({ kind: "reports", reports: [] });
  });

  test("is refused where the URL names no call", async () => {
    const { reference: _, ...callback } = webhook(completedCall);
    expect(await read(callback)).toEqual({ kind: "refused", why: "of no call" });
  });
});

test.each(["", "{", "null", "[]", '"delivered"', "{}", '{"message_uuid":1,"status":"delivered"}'])(
  "what Vonage signs but does not send is refused: %s",
  async (body) => {
    expect(await read(webhook(body))).toEqual({
      kind: "refused",
      why: "neither a message status nor a call event",
    });
  },
);
