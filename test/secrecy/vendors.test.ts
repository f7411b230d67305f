import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ReachableService } from "../e2e/reachable-service.ts";
import { type Answer, type RecordingServer, startRecordingServer } from "../e2e/recording-server.ts";
import type { SeenRequest } from "../support/faulty-http-server.ts";
import { CanaryCaller, newPhone } from "./canaries.ts";
import { leaksIn, type Secret, secretCode, secretText } from "./leak-search.ts";

const token = randomBytes(16).toString("hex");
const sendGridKey = `SG.${randomBytes(16).toString("base64url")}.${randomBytes(32).toString("base64url")}`;
const signatureSecret = randomBytes(16).toString("hex");
const gatewaySecret = randomBytes(32).toString("base64");

const channelOf = {
  twilio: "sms",
  vonage: "sms",
  gateway: "sms",
  "aws-messaging": "sms",
  "aws-ses": "email",
  sendgrid: "email",
} as const;
const vendors = Object.keys(channelOf) as (keyof typeof channelOf)[];

/** The last two ask to be left alone, by which the vendor may miss what comes after them. */
const statuses = [200, 202, 302, 400, 401, 404, 422, 500, 503, 429] as const;
const overloads: readonly number[] = [503, 429];
/** What a vendor quotes in its answer: whom the message went to, its code, or all that it was sent. */
const quotations = ["destination", "code", "everything"] as const;

const folder = mkdtempSync(join(tmpdir(), "passcode-vendors-"));
let vendor: RecordingServer;
let service: ReachableService;
let caller: CanaryCaller;
let next: { status: number; quotation: (typeof quotations)[number]; to: string };
const codes: Secret[] = [];

beforeAll(async () => {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
  writeFileSync(join(folder, "vonage.pem"), privateKey.export({ type: "pkcs8", format: "pem" }));
  vendor = await startRecordingServer(async (request) => quote(request));
  service = await ReachableService.start(configuration(vendor.url));
  caller = new CanaryCaller(service.http, () => []);
});
afterAll(async () => {
  await service?.stop();
  await vendor?.close();
  rmSync(folder, { recursive: true });
});

function configuration(url: string): string {
  const credentials = `{accessKeyId: AKIAIOSFODNN7EXAMPLE, secretAccessKey: ${token}}`;
  const profiles = vendors.map(
    (name) =>
      `  ${name}: {brand: Acme, channels: {${channelOf[name]}: ${name}}, policy: {codeLength: 10, sendsPerMinute: 30, sendsPerHour: 100, sendsPerDay: 100}}`,
  );
  return `
log: {level: debug}
providers:
  twilio: {kind: twilio, accountSid: AC${"0".repeat(32)}, authToken: "${token}", from: Acme, baseUrl: ${url}}
  vonage:
    kind: vonage
    applicationId: 00000000-0000-4000-8000-000000000000
    privateKey: ${join(folder, "vonage.pem")}
    signatureSecret: "${signatureSecret}"
    from: Acme
    baseUrl: ${url}
  gateway:
    {kind: webhook, url: "${url}/gateway", secret: "whsec_${gatewaySecret}", channels: [sms], authorization: "Bearer ${token}"}
  aws-messaging: {kind: aws-messaging, region: eu-central-1, from: Acme, baseUrl: ${url}, credentials: ${credentials}}
  aws-ses: {kind: aws-ses, region: eu-central-1, from: codes@acme.test, baseUrl: ${url}, credentials: ${credentials}}
  sendgrid: {kind: sendgrid, apiKey: "${sendGridKey}", from: codes@acme.test, baseUrl: ${url}}
profiles:
${profiles.join("\n")}
`;
}

/** What one vendor or another calls its words, its codes and its ids. */
const placesOfWords = [
  ...["message", "Message", "detail", "title", "error", "code", "instance", "more_info", "refused"],
  ...["__type", "Reason", "id", "sid", "message_uuid", "uuid", "MessageId"],
];

/** Answers with what it was asked, in every place where one vendor or another has words. */
function quote({ url, headers, body }: SeenRequest): Answer {
  const text = decodeURIComponent(body.replaceAll(/\+|%(?![0-9A-F]{2})/g, " "));
  const code = /(?<!\d)\d{10}(?!\d)/.exec(text)?.[0] ?? "";
  if (code !== "") codes.push(secretCode(code));
  const quoted = {
    destination: next.to,
    code,
    everything: `${url} ${JSON.stringify(headers)} ${text}`,
  }[next.quotation];
  const said = {
    ...Object.fromEntries(placesOfWords.map((name) => [name, quoted])),
    type: `https://vendor.example/#${quoted}`,
    Fields: [{ Name: quoted, Message: quoted }],
    errors: [{ message: quoted, field: quoted, help: quoted }],
    invalid_parameters: [{ name: quoted, reason: quoted }],
  };
  const header = quoted.replaceAll(/[^\x20-\x7e]/g, " ").slice(0, 4_000);
  const names = ["x-message-id", "x-amzn-errortype", "x-amzn-requestid", "retry-after", "x-ratelimit-reset"];
  return {
    status: next.status,
    headers: {
      "content-type": "application/json",
      ...Object.fromEntries(names.map((name) => [name, header])),
    },
    body: JSON.stringify(said),
  };
}

const configured = [
  secretText("token", token),
  secretText("key of SendGrid", sendGridKey),
  secretText("signature secret of Vonage", signatureSecret),
  secretText("secret of the gateway", gatewaySecret),
];

test.each(vendors)(
  "whatever %s quotes in its answers is in no log and in nothing that a caller is told",
  async (name) => {
    for (const status of statuses) {
      for (const quotation of quotations) {
        const to = channelOf[name] === "sms" ? caller.phone() : caller.email("canary-owner");
        next = { status, quotation, to };
        const destination = channelOf[name] === "sms" ? { phoneNumber: to } : { email: to };
        const { answer, metadata } = await caller.call("SendPasscode", { profile: name, ...destination });
        const sessionId = answer.sessionId ?? metadata?.["session_id"];
        // Where nothing of the message has left, no session is left either.
        if (sessionId === undefined) continue;
        const read = await caller.call("GetSession", { profile: name, sessionId });
        expect(read.answer.session?.deliveries).toHaveLength(1);
      }
    }

    const all = [...configured, ...caller.secrets, ...codes];
    const log = service.process.stderr.filter((line) => line.includes(`"provider":"${name}"`));
    const certain = (statuses.length - overloads.length) * quotations.length + 1;
    expect(log.length).toBeGreaterThanOrEqual(certain);
    expect(codes.length).toBeGreaterThanOrEqual(certain);
    expect(leaksIn(service.process.stderr.join("\n"), all)).toEqual([]);
    expect(leaksIn(caller.replies.join("\n"), all)).toEqual([]);
    expect(service.process.stdout).toEqual([]);
  },
  60_000,
);

test("what strangers call back with is in no log and in no answer", async () => {
  const [phone, code] = [newPhone(), "8461375902"];
  const own = [secretText("number", phone.slice(1)), secretCode(code), ...configured];
  const told = [];
  for (const name of vendors) {
    for (const what of ["reports", "calls"]) {
      for (const reference of ["", `/${code}`, `/${phone}`, `/${phone.slice(1)}`, `?to=${phone}`]) {
        const body = JSON.stringify({
          to: phone,
          text: code,
          MessageStatus: code,
          status: phone,
          Type: phone,
        });
        const headers = {
          "content-type": "application/json",
          "x-twilio-signature": code,
          authorization: `Bearer ${phone}`,
          "webhook-id": phone,
        };
        const answer = await service.post(
          `https://otp.example/hooks/${what}/${name}${reference}`,
          headers,
          body,
        );
        expect(answer.status).toBeGreaterThanOrEqual(400);
        told.push(answer.body);
      }
    }
  }
  expect(leaksIn([...told, ...service.process.stderr].join("\n"), own)).toEqual([]);
});
