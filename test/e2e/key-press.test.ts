import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Element, parseXml } from "../delivery/twilio/xml.ts";
import { publicUrl } from "./reachable-service.ts";
import { ServiceAtTwilio } from "./twilio.ts";

let twilio: ServiceAtTwilio;

beforeAll(async () => {
  twilio = await ServiceAtTwilio.start();
});
afterAll(() => twilio?.stop());

const profile = "careful";
let phones = 0;

/** Has somebody called; tells the session, what the call says at first, and where it asks what comes next. */
async function call() {
  phones += 1;
  const phoneNumber = `+4179${5_000_000 + phones}`;
  const { answer } = await twilio.service.grpc.call("SendPasscode", {
    profile,
    phoneNumber,
    channel: "CHANNEL_VOICE",
  });
  const { form } = twilio.formFor(phoneNumber);
  const asks = documentIn(form["Twiml"] ?? "");
  const [gather] = asks.children;
  return { sessionId: answer.sessionId, asks, nextUrl: gather?.attributes["action"] ?? "", form };
}

/** What Twilio posts when somebody has pressed keys, or nobody has. */
function pressing(Digits: string) {
  return { CallSid: `CA${"c".repeat(32)}`, CallStatus: "in-progress", msg: "Gather End", Digits };
}

async function press(url: string, digits: string): Promise<Element> {
  const answer = await twilio.callBack(url, pressing(digits));
  expect(answer.status).toBe(200);
  return documentIn(answer.body);
}

function documentIn(twiml: string): Element {
  const [root] = parseXml(twiml);
  if (root?.name !== "Response") throw new Error("not TwiML");
  return root;
}

/** Everything that a document has said. */
function wordsOf({ name, text, children }: Element): string[] {
  return [...(name === "Say" ? [text] : []), ...children.flatMap(wordsOf)];
}

/** The characters that a document has said one by one. */
function codeIn(document: Element): string {
  return wordsOf(document)
    .filter((words) => /^\d$/.test(words))
    .join("");
}

function hangsUp({ children }: Element): boolean {
  return children.length === 1 && children[0]?.name === "Hangup";
}

test("the call asks for a key and has no code in it, and the code it says later is right", async () => {
  const { asks, nextUrl, form, sessionId } = await call();
  expect(asks.children.map(({ name }) => name)).toEqual(["Gather"]);
  expect(wordsOf(asks).join(" ")).toMatch(/press/i);
  expect(wordsOf(asks).join("")).not.toMatch(/\d/);
  expect(nextUrl.startsWith(`${publicUrl}/calls/twilio/`)).toBe(true);

  const code = codeIn(await press(nextUrl, "5")).slice(0, 6);
  expect(Object.values(form).join("\n")).not.toContain(code);
  const verified = await twilio.service.http.call("VerifyPasscode", { profile, sessionId, code });
  expect(verified.answer.status).toBe("STATUS_APPROVED");
});

test("after a key the call says the code, and is delivered", async () => {
  const { nextUrl, sessionId } = await call();
  const says = await press(nextUrl, "#");
  expect(codeIn(says)).toMatch(/^(\d{6})\1$/);
  expect(await twilio.service.deliveries(sessionId, profile)).toMatchObject([
    { channel: "CHANNEL_VOICE", state: "DELIVERY_STATE_DELIVERED" },
  ]);
});

test("that somebody took the call is no delivery while no key was pressed", async () => {
  const { form, sessionId } = await call();
  const taken = { CallSid: `CA${"c".repeat(32)}`, CallStatus: "completed", CallDuration: "12" };
  expect((await twilio.callBack(form["StatusCallback"] ?? "", taken)).status).toBe(200);
  expect(await twilio.service.deliveries(sessionId, profile)).toMatchObject([
    { state: "DELIVERY_STATE_ACCEPTED" },
  ]);
});

test("without a key the call hangs up, and has failed", async () => {
  const { nextUrl, sessionId } = await call();
  expect(hangsUp(await press(nextUrl, ""))).toBe(true);
  expect(await twilio.service.deliveries(sessionId, profile)).toMatchObject([
    { state: "DELIVERY_STATE_FAILED", failure: "DELIVERY_FAILURE_UNDELIVERED" },
  ]);
});

test("after the session is canceled a key makes the call hang up", async () => {
  const { nextUrl, sessionId } = await call();
  await twilio.service.grpc.call("CancelSession", { profile, sessionId });
  expect(hangsUp(await press(nextUrl, "5"))).toBe(true);
});

test("a key that nobody but a forger says was pressed is answered nothing", async () => {
  const { nextUrl, sessionId } = await call();
  const forged = await twilio.callBack(nextUrl, pressing("5"), { token: randomBytes(16).toString("hex") });
  expect(forged).toEqual({ status: 403, body: "" });
  const get = await fetch(
    `http://127.0.0.1:${twilio.service.process.ports.callbacks}${nextUrl.slice(publicUrl.length)}`,
  );
  expect([get.status, await get.text()]).toEqual([405, ""]);
  expect(await twilio.service.deliveries(sessionId, profile)).toMatchObject([
    { state: "DELIVERY_STATE_ACCEPTED" },
  ]);
});
