import { expect, test } from "vitest";
import { defaultPolicy } from "../../src/ledger/policy.ts";
import { failureOf } from "../support/failure.ts";
import { profileWith, startService } from "../support/service.ts";

test("A policy that requires a transaction sends nothing and counts nothing without one", async () => {
  const payment = { ...defaultPolicy, transaction: "required" } as const;
  const policies = { base: defaultPolicy, named: new Map([["payment", payment]]) };
  const { clients, messages, stop } = await startService(profileWith({ policies }));
  const destination = { case: "phoneNumber", value: "+41791234567" } as const;
  const policy = "payment";

  const refused = await failureOf(clients.grpc.sendPasscode({ destination, policy }));

  expect(refused).toMatchObject({ code: "invalid_argument", reason: "INVALID_REQUEST" });
  expect(refused.fields["transaction"]).toContain("is required by the policy");
  expect(messages).toEqual([]);
  const transaction = { amount: "12 EUR", payee: "Bob" };
  const sent = await clients.grpc.sendPasscode({ destination, policy, transaction });
  expect(sent.sendsRemaining).toBe(4);
  expect(messages[0]?.text).toContain("12 EUR");
  await stop();
});
