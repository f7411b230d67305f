import { describe, expect, test } from "vitest";
import { load, problemsOf } from "./configuration.ts";

/** A profile's channels, at 8:5, with two outboxes and a mail server to choose from. */
function withChannels(channels: string, rest = ""): string {
  return `development: true
providers:
  one: {kind: outbox}
  two: {kind: outbox}
  mail: {kind: smtp, host: mail.example, from: codes@acme.example}
profiles:
  default:
    channels: ${channels}
    brand: Acme
${rest}`;
}

function routesOf(channels: string) {
  return load(withChannels(channels)).profiles.get("default")?.channels;
}

const one = { name: "one", weight: 1 };
const two = { name: "two", weight: 1 };

describe("A channel's route", () => {
  test("may be the name of one provider", () => {
    expect(routesOf("{sms: one}")?.get("sms")).toEqual([{ providers: [one] }]);
  });

  test("may be a list of names, in the order in which they are tried", () => {
    expect(routesOf("{sms: [two, one]}")?.get("sms")).toEqual([{ providers: [two] }, { providers: [one] }]);
  });

  test("may have conditions and shares", () => {
    const route = `{sms: [{provider: one, countries: [CH, LI], kinds: [mobile]}, {spread: {one: 3, two: 1}}]}`;
    expect(routesOf(route)?.get("sms")).toEqual([
      { providers: [one], countries: new Set(["CH", "LI"]), kinds: new Set(["mobile"]) },
      { providers: [{ name: "one", weight: 3 }, two] },
    ]);
  });

  const rules: [channels: string, problem: string][] = [
    ["{}", "channels: needs at least one of sms, voice, email"],
    ["{fax: one}", "channels.fax: is not a setting"],
    [
      "{sms: three}",
      'channels.sms: must be the name of a provider that can send by sms: one of one, two, got "three"',
    ],
    ["{sms: mail}", "channels.sms: cannot be mail, which does not send by sms: one of one, two does"],
    ["{sms: []}", "channels.sms: must have 1 to 20 entries"],
    [
      "{sms: [one, three]}",
      'channels.sms[1]: must be the name of a provider that can send by sms: one of one, two, got "three"',
    ],
    ["{sms: [{countries: [CH]}]}", "channels.sms[0]: needs one of provider, spread"],
    ["{sms: [{provider: one, spread: {one: 1, two: 1}}]}", "channels.sms[0]: needs one of provider, spread"],
    ["{sms: [{provider: one, country: CH}]}", "channels.sms[0].country: is not a setting"],
    [
      "{sms: [{provider: one, countries: [SUI]}]}",
      'channels.sms[0].countries[0]: must be a country code of ISO 3166-1 in capitals, such as CH, got "SUI"',
    ],
    [
      "{sms: [{provider: one, kinds: [pager, fax]}]}",
      "channels.sms[0].kinds[1]: must be one of mobile, fixedLine",
    ],
    ["{sms: [{spread: {one: 1}}]}", "channels.sms[0].spread: needs at least two providers"],
    [
      "{sms: [{spread: {one: 1, mail: 1}}]}",
      "channels.sms[0].spread.mail: cannot be mail, which does not send by sms: one of one, two does",
    ],
    [
      "{sms: [{spread: {one: 1, three: 1}}]}",
      "channels.sms[0].spread.three: must be the name of a provider that can send by sms: one of one, two",
    ],
    [
      "{sms: [{spread: {one: 0, two: 1}}]}",
      "channels.sms[0].spread.one: must be a whole number from 1 to 1000, got 0",
    ],
    ["{email: [{provider: mail, countries: [CH]}]}", "channels.email[0].countries: is of no use for e-mail"],
    ["{email: [{provider: mail, kinds: [mobile]}]}", "channels.email[0].kinds: is of no use for e-mail"],
  ];

  test.each(rules)("%s is refused", (channels, problem) => {
    expect(problemsOf(withChannels(channels)).join("\n")).toContain(`profiles.default.${problem}`);
  });
});

describe("What a profile asks of its providers", () => {
  const callbacks = "callbacks: {listen: 127.0.0.1:8081, publicUrl: https://otp.example}";
  const both = "{sms: one, voice: two}";

  test("they can give: nothing is wrong", () => {
    expect(problemsOf(withChannels(both, "    fallback: {channels: [sms, voice]}"))).toEqual([]);
  });

  const rules: [channels: string, rest: string, problem: string][] = [
    [both, "    fallback: {channels: [sms]}", "fallback.channels: must have 2 entries"],
    [both, "    fallback: {channels: [sms, sms]}", "fallback.channels: must not name a channel twice"],
    [both, "    fallback: {channels: [sms, email]}", "fallback.channels[1]: must be one of sms, voice"],
    [
      "{sms: one}",
      "    fallback: {channels: [sms, voice]}",
      "fallback.channels: names voice, which the profile does not offer",
    ],
    [
      both,
      "    fallback: {channels: [sms, voice], after: 30s}",
      "fallback.after: waits for reports of one, which gives none as it is set up; without them every code would be sent twice",
    ],
    [
      both,
      "    fallback: {channels: [sms, voice], after: 10m}",
      "fallback.after: must be less than policy.expiry, when the code is dead",
    ],
    [
      both,
      "    fallback: {channels: [sms, voice], after: 1m}\n    policy: {expiry: 1m}",
      "fallback.after: must be less than policy.expiry, when the code is dead",
    ],
    [
      both,
      "    voice: {keyPress: true}",
      "voice.keyPress: needs `callbacks`, where calls ask what to say next",
    ],
    [
      both,
      `    voice: {keyPress: true}\n${callbacks}`,
      "voice.keyPress: cannot be asked for by two as it is set up",
    ],
    ["{sms: one}", "    voice: {keyPress: true}", "voice.keyPress: is of no use without the channel voice"],
    [
      "{email: mail}",
      "    test: true",
      "channels.email: must not use mail, a real provider, in a test profile",
    ],
  ];

  test.each(rules)("of %s with %s is refused", (channels, rest, problem) => {
    expect(problemsOf(withChannels(channels, rest)).join("\n")).toContain(`profiles.default.${problem}`);
  });

  test("in a profile that is not for tests is not to send nothing", () => {
    const text = withChannels("{sms: one}").replace("one: {kind: outbox}", "one: {kind: test}");
    expect(problemsOf(text).join("\n")).toContain(
      "profiles.default.channels.sms: can use one only in a profile with `test: true`",
    );
    expect(problemsOf(`${text}    test: true\n`)).toEqual([]);
  });
});

test("A provider whose kind is wrong is one problem, not one more of each profile that uses it", () => {
  for (const rest of ["", "    test: true"]) {
    const text = withChannels("{sms: one}", rest).replace("one: {kind: outbox}", "one: {kind: tset}");
    expect(problemsOf(text)).toEqual([expect.stringContaining("providers.one.kind: must be one of")]);
  }
});

test("A provider with a mistake of its own is that one problem", () => {
  const twilio = `{kind: twilio, accountSid: AC${"0".repeat(32)}, authToken: x, form: Acme, voiceFrom: "+41446681800"}`;
  const text = withChannels("{sms: one, voice: one}", "    voice: {keyPress: true}\n").replace(
    "{kind: outbox}",
    twilio,
  );
  const callbacks = "callbacks: {listen: 127.0.0.1:8081, publicUrl: https://otp.example}\n";
  expect(problemsOf(text + callbacks)).toEqual([
    expect.stringContaining("providers.one.form: is not a setting"),
  ]);
});

describe("A provider that cannot send by a channel as it is set up is told with what it needs:", () => {
  const senderless: [settings: string, channel: string, setting: string][] = [
    [`{kind: twilio, accountSid: AC${"0".repeat(32)}, authToken: x, from: Acme}`, "voice", "voiceFrom"],
    [
      `{kind: twilio, accountSid: AC${"0".repeat(32)}, authToken: x, voiceFrom: "+41446681800"}`,
      "sms",
      "from or messagingServiceSid",
    ],
    ["{kind: aws-messaging, region: eu-central-1, from: Acme}", "voice", "voiceFrom"],
    [
      `{kind: webhook, url: https://sms.example, secret: whsec_${"A".repeat(32)}, channels: [sms]}`,
      "voice",
      "channels: [voice]",
    ],
  ];

  test.each(senderless)("%s, %s", (settings, channel, setting) => {
    const text = withChannels(`{${channel}: one}`).replace("{kind: outbox}", settings);
    expect(problemsOf(text)).toEqual([
      expect.stringContaining(
        `channels.${channel}: cannot be one, which needs ${setting} to send by ${channel}`,
      ),
    ]);
  });
});

test("A misspelt provider is told with the names that there are, though none of them can", () => {
  const text = withChannels("{voice: twlio}")
    .replace("{kind: outbox}", `{kind: aws-messaging, region: eu-central-1, from: Acme}`)
    .replace("  two: {kind: outbox}\n", "");
  expect(problemsOf(text)).toEqual([
    expect.stringContaining('channels.voice: must be the name of a provider: one of one, mail, got "twlio"'),
  ]);
});

describe("A wait for reports", () => {
  test.each([
    ["is of no use where an SMSC binds transmitters alone", "transmitter", true],
    ["hears a receiver of its own", "transmitter-and-receiver", false],
  ])("%s", (_, bind, isRefused) => {
    const carrier = "{kind: smpp, host: smsc.example, systemId: acme, password: p, from: Acme, bind: BIND}";
    const file = withChannels("{sms: one, voice: two}", "    fallback: {channels: [sms, voice], after: 30s}");
    const problems = problemsOf(file.replace("{kind: outbox}", carrier.replace("BIND", bind)));
    expect(problems.join().includes("waits for reports of one")).toBe(isRefused);
  });

  const reporting = `fallback: {channels: [sms, voice], after: 30s}`;
  const gateway = `{kind: webhook, url: https://sms.example, secret: whsec_${"A".repeat(32)}, channels: [sms]}`;
  const text = withChannels("{sms: one, voice: two}", `    ${reporting}\n`).replace(
    "{kind: outbox}",
    gateway,
  );
  const callbacks = "callbacks: {listen: 127.0.0.1:8081, publicUrl: https://otp.example}";

  test("is of use where they can be posted", () => {
    expect(problemsOf(text).join("\n")).toContain("which needs `callbacks` to post them to");
    expect(problemsOf(`${text}${callbacks}\n`)).toEqual([]);
  });

  test("is of use in a test profile", () => {
    const trial = withChannels("{sms: one, voice: one}", `    ${reporting}\n    test: true\n`);
    expect(problemsOf(trial.replace("{kind: outbox}", "{kind: test}"))).toEqual([]);
  });
});

describe("Where providers report to", () => {
  const rules: [callbacks: string, problem: string][] = [
    ["{publicUrl: https://otp.example}", "callbacks.listen: is required"],
    ["{listen: 127.0.0.1:8081}", "callbacks.publicUrl: is required"],
    ["{listen: 8081, publicUrl: https://otp.example}", "callbacks.listen: must be host:port"],
    ["{listen: 127.0.0.1:8081, publicUrl: http://otp.example}", "callbacks.publicUrl: must be an https URL"],
    [
      "{listen: 127.0.0.1:8081, publicUrl: https://a:b@otp.example}",
      "callbacks.publicUrl: must be an https URL",
    ],
    ...[
      "https://otp.example/?",
      "https://otp.example/#",
      " https://otp.example",
      "https://otp.example/\\n",
    ].map((url): [string, string] => [
      `{listen: 127.0.0.1:8081, publicUrl: "${url}"}`,
      "callbacks.publicUrl: must be an https URL",
    ]),
    [
      "{listen: 127.0.0.1:50051, publicUrl: https://otp.example}",
      "callbacks.listen: must not be the address of listen.grpc",
    ],
    [
      "{listen: 127.0.0.1:8080, publicUrl: https://otp.example}",
      "callbacks.listen: must not be the address of listen.http",
    ],
  ];

  test.each(rules)("%s is refused", (callbacks, problem) => {
    expect(problemsOf(withChannels("{sms: one}", `callbacks: ${callbacks}`)).join("\n")).toContain(problem);
  });

  test("may be a port of another address that calls come to, or of a listener that is off", () => {
    const callbacks = "callbacks: {listen: 127.0.0.2:8080, publicUrl: https://otp.example}";
    expect(problemsOf(withChannels("{sms: one}", callbacks))).toEqual([]);
    const off = "callbacks: {listen: 127.0.0.1:8080, publicUrl: https://otp.example}\nlisten: {http: off}";
    expect(problemsOf(withChannels("{sms: one}", off))).toEqual([]);
  });

  test("has no slash at its end", () => {
    const text = withChannels(
      "{sms: one}",
      "callbacks: {listen: 127.0.0.1:8081, publicUrl: https://otp.example/codes/}",
    );
    expect(load(text).callbacks).toEqual({
      listen: { host: "127.0.0.1", port: 8081 },
      publicUrl: "https://otp.example/codes",
    });
  });
});
