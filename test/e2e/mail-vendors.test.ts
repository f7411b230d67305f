import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startPrism } from "../support/prism.ts";
import { type SesEmulator, startSesEmulator } from "../support/ses-emulator.ts";
import { ReachableService } from "./reachable-service.ts";
import { type RecordingServer, startRecordingProxy } from "./recording-server.ts";

const sendGridApi = fileURLToPath(new URL("../delivery/sendgrid/tsg_mail_v3.json", import.meta.url));
const apiKey = `SG.${randomBytes(16).toString("base64url")}.${randomBytes(32).toString("base64url")}`;

const started: { stop(): Promise<unknown> }[] = [];
let ses: SesEmulator;
let sendGrid: RecordingServer;
let service: ReachableService;

beforeAll(async () => {
  ses = await startSesEmulator();
  started.push(ses);
  const prism = await startPrism(sendGridApi);
  started.push(prism);
  sendGrid = await startRecordingProxy(prism.url);
  started.push({ stop: () => sendGrid.close() });
  service = await ReachableService.start(configuration());
  started.push(service);
});
afterAll(async () => {
  for (const one of started.splice(0).reverse()) await one.stop();
});

function configuration(): string {
  return `
providers:
  ses:
    kind: aws-ses
    region: eu-central-1
    credentials: {accessKeyId: AKIAIOSFODNN7EXAMPLE, secretAccessKey: ${randomBytes(20).toString("hex")}}
    from: codes@acme.example
    baseUrl: ${ses.url}
    timeout: 20s
  sendgrid:
    kind: sendgrid
    apiKey: ${apiKey}
    from: codes@acme.example
    baseUrl: ${sendGrid.url}
    timeout: 20s
profiles:
  ses: {brand: Käse & Co, locale: de, channels: {email: ses}}
  sendgrid: {brand: Käse & Co, locale: de, channels: {email: sendgrid}}
`;
}

/** A mail, whichever vendor got it. */
interface Mail {
  readonly to: readonly string[];
  readonly from: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

async function mailsAtSes(): Promise<Mail[]> {
  return (await ses.mails()).map(({ destination, from, subject, body: { text = "", html = "" } }) => {
    return { to: destination.to, from, subject, text, html };
  });
}

async function mailsAtSendGrid(): Promise<Mail[]> {
  return sendGrid.requests.map(({ body }) => {
    // The shape is SendGrid's, and Prism has refused what is not of it.
    const { personalizations, from, subject, content } = JSON.parse(body) as {
      personalizations: { to: { email: string }[] }[];
      from: { name: string; email: string };
      subject: string;
      content: { type: string; value: string }[];
    };
    const partOf = (type: string) => content.find((part) => part.type === type)?.value ?? "";
    return {
      to: personalizations.flatMap(({ to }) => to.map(({ email }) => email)),
      from: `${from.name} <${from.email}>`,
      subject,
      text: partOf("text/plain"),
      html: partOf("text/html"),
    };
  });
}

/** The name as RFC 2047 writes what is not ASCII alone. */
const encodedName = `=?UTF-8?B?${Buffer.from("Käse & Co").toString("base64")}?=`;

test.each([
  ["ses", `${encodedName} <codes@acme.example>`],
  ["sendgrid", "Käse & Co <codes@acme.example>"],
] as const)("%s alone takes the mail, and the code in it is approved", async (profile, from) => {
  const email = `ada@${profile}.example.org`;
  const sent = await service.grpc.call("SendPasscode", { profile, email });
  const { sessionId } = sent.answer;
  const inboxes = { ses: await mailsAtSes(), sendgrid: await mailsAtSendGrid() };
  const mails = inboxes[profile].filter(({ to }) => to.includes(email));
  const all = [...inboxes.ses, ...inboxes.sendgrid].filter(({ to }) => to.includes(email));
  const [mail = { subject: "", text: "", html: "" }] = mails;
  const code = /^ {2}(\d{6})$/m.exec(mail.text)?.[1] ?? "no code";

  expect(sent).toMatchObject({ code: "OK", answer: { sendsRemaining: 4 } });
  expect(mails).toMatchObject([{ to: [email], from, subject: expect.stringContaining("Käse & Co") }]);
  expect(all).toHaveLength(1);
  expect(mail.text).toContain("10 Minuten");
  expect(mail.html).toContain("Käse &amp; Co");
  expect(mail.html).toContain(code);
  expect(await service.deliveries(sessionId, profile)).toMatchObject([
    { channel: "CHANNEL_EMAIL", provider: profile, state: "DELIVERY_STATE_ACCEPTED" },
  ]);
  const verified = await service.http.call("VerifyPasscode", { profile, sessionId, code });
  expect(verified.answer.status).toBe("STATUS_APPROVED");
});
