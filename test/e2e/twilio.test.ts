import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { publicUrl } from "./reachable-service.ts";
import { ServiceAtTwilio } from "./twilio.ts";

let twilio: ServiceAtTwilio;

beforeAll(async () => {
  twilio = await ServiceAtTwilio.start();
});
afterAll(() => twilio?.stop());

let phones = 0;

/** Has a code sent; tells what Twilio was asked for, and where it reports to. */
async function send(channel: "SMS" | "VOICE") {
  phones += 1;
  const phoneNumber = `+4179${4_000_000 + phones}`;
  const sent = await twilio.service.grpc.call("SendPasscode", { phoneNumber, channel: `CHANNEL_${channel}` });
  const { path, form } = twilio.formFor(phoneNumber);
  return { sent, sessionId: sent.answer.sessionId, path, form, reportUrl: form["StatusCallback"] ?? "" };
}

test.each([
  ["SMS", "Messages"],
  ["VOICE", "Calls"],
] as const)(
  "%s is accepted by Twilio as it describes its API, and told where to report",
  async (channel, resource) => {
    const { sent, sessionId, path, reportUrl } = await send(channel);
    expect(sent).toMatchObject({ code: "OK", answer: { status: "STATUS_PENDING", sendsRemaining: 4 } });
    expect(path).toMatch(new RegExp(`/2010-04-01/Accounts/AC[0-9a-f]{32}/${resource}\\.json$`));
    expect(reportUrl).toMatch(
      new RegExp(`^${publicUrl}/reports/twilio/[A-Za-z0-9_-]{1,100}#rc=5&rp=5xx,ct,rt$`),
    );
    expect(await twilio.service.deliveries(sessionId)).toMatchObject([
      { channel: `CHANNEL_${channel}`, provider: "twilio", state: "DELIVERY_STATE_ACCEPTED" },
    ]);
  },
);

test("the code in the SMS is approved", async () => {
  const { sessionId, form } = await send("SMS");
  const code = /\d{6}/.exec(form["Body"] ?? "")?.[0];
  const verified = await twilio.service.http.call("VerifyPasscode", { sessionId, code });
  expect(verified.answer.status).toBe("STATUS_APPROVED");
});

const message = { MessageSid: `SM${"a".repeat(32)}`, SmsSid: `SM${"a".repeat(32)}`, From: "Acme" };
const call = { CallSid: `CA${"b".repeat(32)}`, From: "+15005550006", Direction: "outbound-api" };

test.each([
  [
    "an SMS that was delivered",
    "SMS",
    { ...message, MessageStatus: "delivered" },
    "DELIVERED",
    "UNSPECIFIED",
  ],
  [
    "an SMS that was filtered",
    "SMS",
    { ...message, MessageStatus: "undelivered", ErrorCode: "30007" },
    "FAILED",
    "BLOCKED",
  ],
  [
    "an SMS to a number that nobody has",
    "SMS",
    { ...message, MessageStatus: "failed", ErrorCode: "30005" },
    "FAILED",
    "DESTINATION_REFUSED",
  ],
  ["an SMS on its way", "SMS", { ...message, MessageStatus: "sent" }, "ACCEPTED", "UNSPECIFIED"],
  [
    "a call that was taken",
    "VOICE",
    { ...call, CallStatus: "completed", CallDuration: "9" },
    "DELIVERED",
    "UNSPECIFIED",
  ],
  [
    "a call to a busy phone",
    "VOICE",
    { ...call, CallStatus: "busy", CallDuration: "0" },
    "FAILED",
    "UNDELIVERED",
  ],
] as const)("after its callback, %s is told as such", async (_, channel, parameters, state, failure) => {
  const { sessionId, reportUrl, form } = await send(channel);
  const answer = await twilio.callBack(reportUrl, { ...parameters, To: form["To"] ?? "" });
  expect(answer.status).toBe(200);
  expect(await twilio.service.deliveries(sessionId)).toMatchObject([
    { provider: "twilio", state: `DELIVERY_STATE_${state}`, failure: `DELIVERY_FAILURE_${failure}` },
  ]);
});

test("a callback that Twilio did not sign, or signed for another message, changes nothing", async () => {
  const { sessionId, reportUrl } = await send("SMS");
  const other = await send("SMS");
  const delivered = { ...message, MessageStatus: "delivered" };
  const token = randomBytes(16).toString("hex");
  const answers = [
    await twilio.callBack(reportUrl, delivered, { token }),
    await twilio.callBack(reportUrl, delivered, { signedUrl: other.reportUrl }),
    await twilio.service.post(reportUrl, {}, new URLSearchParams(delivered).toString()),
  ];
  expect(answers.map(({ status }) => status)).toEqual([403, 403, 403]);
  expect(await twilio.service.deliveries(sessionId)).toMatchObject([{ state: "DELIVERY_STATE_ACCEPTED" }]);
});

test("the log tells of reports, and of no code, number, token or URL of theirs", async () => {
  const { sessionId, form, reportUrl } = await send("SMS");
  await twilio.callBack(reportUrl, { ...message, MessageStatus: "undelivered", ErrorCode: "30007" });
  const report = await vi.waitFor(() => {
    const line = twilio.service.process.stderr.find(
      (one) => one.includes('"report"') && one.includes(sessionId ?? "no session"),
    );
    return JSON.parse(line ?? "");
  });
  expect(report).toMatchObject({ provider: "twilio", delivery: "blocked", detail: "30007" });
  const log = twilio.service.process.stderr.join("\n");
  const secrets = [
    /\d{6}/.exec(form["Body"] ?? "")?.[0],
    form["To"]?.slice(1, -2),
    twilio.authToken,
    reportUrl,
  ];
  expect(secrets.filter((secret) => secret === undefined || log.includes(secret))).toEqual([]);
});
