import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import type { Exim } from "../support/exim.ts";
import type { CanaryCaller } from "./canaries.ts";
import { secretCode, secretPhone, secretText } from "./leak-search.ts";

/** Everything that can happen to a code, well and badly. */
export async function fullPass(caller: CanaryCaller, exim: Exim, profile: string): Promise<void> {
  await lives(caller, profile);
  await lifeOfMail(caller, exim, profile);
  await refusals(caller, profile);
}

function bindingOf(profile: string) {
  return { profile, purpose: "login", transaction: { amount: "12.00 EUR" } };
}

async function lives(caller: CanaryCaller, profile: string): Promise<void> {
  const whose = bindingOf(profile);
  for (const channel of ["CHANNEL_SMS", "CHANNEL_VOICE"]) {
    const phoneNumber = caller.phone();
    const sent = await caller.call("SendPasscode", {
      ...whose,
      phoneNumber,
      channel,
      requestId: randomUUID(),
    });
    const { sessionId } = sent.answer;
    const first = await caller.shownTo(phoneNumber);
    await caller.call("SendPasscode", { ...whose, phoneNumber, channel, sessionId });
    const code = await caller.shownTo(phoneNumber);
    await caller.call("VerifyPasscode", { ...whose, sessionId, code: `${code}0` });
    await caller.call("VerifyPasscode", { ...whose, sessionId, code: `${code.slice(0, 9)}é` });
    await caller.call("VerifyPasscode", { ...whose, sessionId, code, purpose: "other" });
    await caller.call("VerifyPasscode", { ...whose, sessionId: "A".repeat(44), code });
    await caller.call("VerifyPasscode", { ...whose, sessionId, code, profile: "none" });
    // Where a mistaken caller might put them.
    await caller.call("VerifyPasscode", { ...whose, sessionId: code, code });
    await caller.call("VerifyPasscode", { ...whose, sessionId, code, purpose: code.toLowerCase() });
    await caller.call("GetSession", { profile, sessionId: code });
    await caller.call("GetSession", { profile: `p${code.toLowerCase()}`, sessionId });
    await caller.call("SendPasscode", { ...whose, phoneNumber, sessionId: phoneNumber.slice(1) });
    await caller.call("SendPasscode", { ...whose, phoneNumber, locale: phoneNumber });
    await caller.call("SendPasscode", { ...whose, phoneNumber, policy: `p${phoneNumber.slice(1)}` });
    await caller.call("SendPasscode", { ...whose, phoneNumber, requestId: phoneNumber });
    await caller.call("SendPasscode", { ...whose, phoneNumber, variables: { name: code } });
    await caller.call("SendPasscode", { ...whose, phoneNumber, transaction: { [`n${code}`]: code } });
    const requestId = randomUUID();
    await caller.call("VerifyPasscode", { ...whose, sessionId, code: reversed(code), requestId });
    await caller.call("VerifyPasscode", { ...whose, sessionId, code, requestId });
    await caller.call("GetSession", { profile, sessionId });
    const approved = await caller.call("VerifyPasscode", { ...whose, sessionId, code });
    expect(approved.answer.status).toBe("STATUS_APPROVED");
    await caller.call("VerifyPasscode", { ...whose, sessionId, code });
    await caller.call("VerifyPasscode", { ...whose, sessionId, code: first });
    await caller.call("SendPasscode", { ...whose, phoneNumber, sessionId });
    await caller.call("CancelSession", { profile, sessionId });
    await caller.call("GetSession", { profile, sessionId });
  }
}

async function lifeOfMail(caller: CanaryCaller, exim: Exim, profile: string): Promise<void> {
  const whose = bindingOf(profile);
  const email = caller.email("Canary.Owner+tag");
  const mailed = await caller.call("SendPasscode", { ...whose, email });
  const { sessionId } = mailed.answer;
  const code = await caller.mailedTo(exim, email);
  for (let guess = 0; guess < 6; guess += 1) {
    await caller.call("VerifyPasscode", { ...whose, sessionId, code: reversed(code) });
  }
  await caller.call("VerifyPasscode", { ...whose, sessionId, code });
  await caller.call("SendPasscode", { ...whose, email });
  const refused = await caller.call("SendPasscode", { ...whose, email: caller.email("reject") });
  expect(refused.reason).toBe("DELIVERY_FAILED");
  await caller.call("SendPasscode", { ...whose, email: caller.email("busy") });
}

async function refusals(caller: CanaryCaller, profile: string): Promise<void> {
  const whose = bindingOf(profile);
  const flooded = caller.phone();
  for (let send = 0; send < 7; send += 1) {
    await caller.call("SendPasscode", { ...whose, phoneNumber: flooded });
  }
  const canceled = caller.phone();
  const { answer } = await caller.call("SendPasscode", { ...whose, phoneNumber: canceled });
  await caller.call("CancelSession", { profile, sessionId: answer.sessionId });
  const code = await caller.shownTo(canceled);
  await caller.call("VerifyPasscode", { ...whose, sessionId: answer.sessionId, code });

  for (const phoneNumber of ["+41123456789012", "+41900123456", "+999123456789", "+1234567890123456"]) {
    caller.secrets.push(secretPhone(phoneNumber));
    await caller.call("SendPasscode", { ...whose, phoneNumber });
  }
  for (const bad of [
    "two@@canary-bad.test",
    "canary name <canary-x@canary-bad.test>",
    "canary-y@canary-bad",
  ]) {
    caller.secrets.push(secretText(bad, bad));
    await caller.call("SendPasscode", { ...whose, email: bad });
  }
}

function reversed(code: string): string {
  return [...code].reverse().join("");
}

/** Requests whose secrets stand where they cannot be read. Answers everything told. */
export async function brokenBodies(
  port: number,
  { apiKey, caller }: { apiKey: string; caller: CanaryCaller },
): Promise<string[]> {
  const [phone, code] = [caller.phone(), "7301945826"];
  caller.secrets.push(secretCode(code));
  const bodies = [
    `{"phoneNumber": "${phone}"`,
    `{"phoneNumber": ["${phone}"]}`,
    `{"phoneNumber": "${phone}", "channel": "${phone}"}`,
    `{"phoneNumber": "${phone}", "email": "${phone}"}`,
    `{"phoneNumber": "${phone}", "requestId": "${phone}"}`,
    `{"phoneNumber": "${phone}", "endUser": "${phone}"}`,
    `{"phoneNumber": "${phone}", "endUser": {"ipAddress": "${phone}"}}`,
    `{"phoneNumber": "${phone}", "locale": "${phone}"}`,
    `{"phoneNumber": "${phone}", "transaction": {"amount": ${phone.slice(1)}}}`,
    `{"phoneNumber": "${phone}", "${phone.slice(1)}": 1}`,
    `{"sessionId": "a", "code": ${code}}`,
    `{"sessionId": "a", "code": "${code}`,
    `{"sessionId": "a", "code": {"value": "${code}"}}`,
    `{"sessionId": "a", "c${code}": 1}`,
    code,
    `"${code}"`,
  ];
  const told = [];
  for (const method of ["SendPasscode", "VerifyPasscode", "GetSession"]) {
    for (const type of ["application/json", "application/proto", "application/grpc-web+proto"]) {
      for (const body of bodies) {
        const response = await fetch(`http://127.0.0.1:${port}/passcode.v1.PasscodeService/${method}`, {
          method: "POST",
          headers: { "content-type": type, authorization: `Bearer ${apiKey}` },
          body,
        });
        told.push([...response.headers].join("\n"), await response.text());
      }
    }
  }
  // As a URL, and as a path that nobody serves.
  for (const path of [phone, `GetSession?connect=v1&encoding=json&message=%7B"sessionId":"${code}"%7D`]) {
    const response = await fetch(`http://127.0.0.1:${port}/passcode.v1.PasscodeService/${path}`, {
      headers: { authorization: `Bearer ${apiKey}${phone}` },
    });
    told.push([...response.headers].join("\n"), await response.text());
  }
  return told;
}
