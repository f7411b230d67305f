import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Config } from "../../src/config/config.ts";
import { development, problemsOf } from "../config/configuration.ts";
import { parseMail } from "../delivery/smtp/raw-mail.ts";
import { ownTemplates } from "../message/own-templates.ts";
import { type Exim, startExim } from "../support/exim.ts";
import { failureOf } from "../support/failure.ts";
import { profileWith, routeBy } from "../support/service.ts";
import { World } from "./world.ts";

const injected = "Bcc: eve@evil.test";
/** What some reader of mail takes for the end of a line, or of a text. */
const breaks = ["\r\n", "\n", "\r", "\0", "\u2028", "\u2029", "\u0085", "\v", "\f"];

/** Says in the subject, too, what callers have a say in. */
const variables = new Map([["first_name", "Kim"]]);
const templates = ownTemplates(
  {
    "email.en.subject.liquid": "{{ first_name }} {{ brand }} {{ purpose }}",
    "email.en.text.liquid":
      "{{ first_name }} {{ code }} {% for item in transaction %}{{ item.value }}{% endfor %}",
    "email.en.html.liquid": "<p>{{ first_name }} {{ code }}</p>",
  },
  { variables },
);

let exim: Exim;
beforeAll(async () => {
  exim = await startExim();
});
afterAll(() => exim?.stop());

function mailedBy(brand: string): Partial<Config> {
  const { host, tlsPort: port, username, password, caPem: ca } = exim;
  const account = { host, port, username, password, ca, security: "tls", from: "codes@acme.test" } as const;
  return {
    providers: new Map([["mail", { kind: "smtp", ...account, timeoutMs: 10_000, connectionsMax: 2 }]]),
    ...profileWith({ brand, templates, variables, channels: new Map([["email", routeBy("mail")]]) }),
  };
}

describe.each(["memory", "Redis"] as const)("A line break in a request, on %s,", (store) => {
  let world: World;
  beforeAll(async () => {
    world = await World.start(store, mailedBy("Acme"));
  });
  afterAll(() => world.end());

  let addresses = 0;
  function mailbox() {
    addresses += 1;
    return { case: "email", value: `kim-${store.toLowerCase()}-${addresses}@example.com` } as const;
  }

  /** The message as the server took it. */
  async function mailed(value: string) {
    return parseMail(await exim.waitForMessage(value));
  }

  it.each(breaks)("is refused wherever it stands (%j), and nothing is sent", async (lineBreak) => {
    const destination = mailbox();
    const hostile = `x${lineBreak}${injected}`;
    const requests = [
      { destination: { case: "email", value: `kim@example.com${lineBreak}${injected}` } as const },
      { destination: { case: "email", value: `kim${lineBreak}@example.com` } as const },
      { destination, locale: hostile },
      { destination, purpose: hostile },
      { destination, policy: hostile },
      { destination, profile: hostile },
      { destination, transaction: { payee: hostile } },
      { destination, transaction: { [hostile]: "Bob" } },
      { destination, variables: { first_name: hostile } },
      { destination, variables: { [hostile]: "Kim" } },
      { destination, autofill: { case: "autofillWebHost", value: `acme.test${lineBreak}x` } as const },
      { destination, endUser: { deviceId: hostile } },
    ];
    for (const [step, request] of requests.entries()) {
      expect(await failureOf(world.way(step).sendPasscode(request))).toMatchObject({
        code: "invalid_argument",
      });
    }
    expect(await exim.messagesFor(destination.value)).toEqual([]);
  });

  it("that is only spelt out is text, and the message has the headers that it always has", async () => {
    const usual = mailbox();
    await world
      .way(0)
      .sendPasscode({ destination: usual, purpose: "login", variables: { first_name: "Kim" } });
    const { headerNames } = await mailed(usual.value);

    for (const written of [
      "Bcc: eve@evil",
      "\\r\\nBcc: eve@evil",
      "%0d%0aBcc: eve@evil",
      '"Kim" <eve@evil>, <b@c>',
      "=?utf-8?q?Kim=0D=0ABcc:_eve=40evil?=",
    ]) {
      const destination = mailbox();
      const request = { destination, variables: { first_name: written }, transaction: { payee: written } };
      await world.way(1).sendPasscode(request);
      const mail = await mailed(destination.value);
      expect(mail.headerNames).toEqual(headerNames);
      expect(mail.header("bcc")).toBeUndefined();
      expect(mail.header("to")).toBe(destination.value);
      expect(mail.parts.map(({ type }) => type)).toEqual(["text/plain", "text/html"]);
      expect(mail.parts[0]?.text).toContain(written);
    }
  });
});

describe("A line break in the name of the application", () => {
  it.each(breaks)("is refused at the start (%j)", (lineBreak) => {
    const brand = JSON.stringify(`Acme${lineBreak}${injected}`);
    expect(problemsOf(development.replace("brand: Acme", `brand: ${brand}`)).join("\n")).toMatch(
      /brand|control/,
    );
  });

  it("would reach no header even so", async () => {
    const world = await World.start("memory", mailedBy(`Acme\r\n${injected}`));
    const destination = { case: "email", value: "kim-brand@example.com" } as const;
    await world.way(0).sendPasscode({ destination });
    const mail = parseMail(await exim.waitForMessage(destination.value));
    await world.end();
    expect(mail.header("bcc")).toBeUndefined();
    expect(mail.header("from")).toContain("<codes@acme.test>");
  });
});
