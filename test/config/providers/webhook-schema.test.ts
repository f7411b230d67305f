import { describe, expect, test } from "vitest";
import { channelsOfWebhook, webhookSchema } from "../../../src/config/providers/webhook-schema.ts";
import { certificate } from "../certificate.ts";

const schema = webhookSchema({ directory: "/etc/passcode", list: () => [], read: () => certificate });

const secretOf = (bytes: number) => `whsec_${Buffer.alloc(bytes, "key").toString("base64")}`;

const least = {
  kind: "webhook",
  url: "https://gateway.acme.test/messages",
  secret: secretOf(32),
  channels: ["sms"],
};

test("takes the least that is needed", () => {
  const { secret, ...settings } = schema.parse(least);
  expect(settings).toStrictEqual({
    kind: "webhook",
    url: least.url,
    channels: ["sms"],
    timeoutMs: 10_000,
    connectTimeoutMs: 3_000,
    queue: { concurrency: 64, queueMax: 2_000 },
  });
  expect(secret.export()).toEqual(Buffer.alloc(32, "key"));
});

test("takes all that there is to say", () => {
  const { secret: _, ...settings } = schema.parse({
    ...least,
    channels: ["email", "voice", "sms"],
    authorization: "Basic dTpw",
    timeout: "20s",
    connectTimeout: "100ms",
    ca: "gateway.pem",
  });
  expect(settings).toStrictEqual({
    kind: "webhook",
    url: least.url,
    channels: ["email", "voice", "sms"],
    authorization: "Basic dTpw",
    timeoutMs: 20_000,
    connectTimeoutMs: 100,
    queue: { concurrency: 64, queueMax: 2_000 },
    ca: certificate,
  });
});

describe("takes as the URL of a gateway", () => {
  test.each([
    "https://gateway.acme.test",
    "https://gateway.acme.test:8443/a/b/?tenant=acme&v=2",
    "http://127.0.0.1:8080/messages",
    "http://localhost/",
    "http://[::1]:8080/messages",
  ])("%s", (url) => {
    expect(schema.parse({ ...least, url }).url).toBe(url);
  });
});

test.each([24, 25, 26, 64])("takes a secret of %i bytes", (bytes) => {
  expect(schema.parse({ ...least, secret: secretOf(bytes) }).secret.symmetricKeySize).toBe(bytes);
});

describe("refuses", () => {
  const url =
    "must be an https URL of up to 2000 characters without credentials or fragment (http only to this machine)";
  const secret = "must be whsec_ and base64 of 24 to 64 bytes";
  const authorization = "must be a header value of up to 1000 characters of ASCII";

  test.each<[string, object, (string | number)[], string]>([
    ["no URL", { url: undefined }, ["url"], "is required"],
    ["a URL in clear", { url: "http://gateway.acme.test/messages" }, ["url"], url],
    ["a URL with credentials", { url: "https://u:p@gateway.acme.test/" }, ["url"], url],
    ["a URL with a fragment", { url: "https://gateway.acme.test/#a" }, ["url"], url],
    ["a URL of another scheme", { url: "ftp://gateway.acme.test/" }, ["url"], url],
    ["a URL that is too long", { url: `https://gateway.acme.test/${"a".repeat(2_000)}` }, ["url"], url],
    ["a path alone", { url: "/messages" }, ["url"], url],
    ["no secret", { secret: undefined }, ["secret"], "is required"],
    ["a secret that is too short", { secret: secretOf(23) }, ["secret"], secret],
    ["a secret that is too long", { secret: secretOf(65) }, ["secret"], secret],
    ["a secret without its prefix", { secret: secretOf(32).slice(6) }, ["secret"], secret],
    ["a public key", { secret: secretOf(32).replace("whsec_", "whpk_") }, ["secret"], secret],
    ["a secret that is not base64", { secret: `whsec_${"-".repeat(32)}` }, ["secret"], secret],
    ["a secret that lacks its end", { secret: secretOf(32).slice(0, -1) }, ["secret"], secret],
    ["no channels", { channels: undefined }, ["channels"], expect.any(String)],
    ["an empty list of channels", { channels: [] }, ["channels"], "must have 1 to 3 entries"],
    ["a channel twice", { channels: ["sms", "sms"] }, ["channels"], "must name each channel once"],
    ["another channel", { channels: ["sms", "fax"] }, ["channels", 1], "must be one of sms, voice, email"],
    ["an authorization of two lines", { authorization: "a\r\nb: c" }, ["authorization"], authorization],
    ["an authorization that ends in a space", { authorization: "Basic " }, ["authorization"], authorization],
    ["an empty authorization", { authorization: "" }, ["authorization"], authorization],
  ])("%s", (_, changes, path, message) => {
    const { error } = schema.safeParse({ ...least, ...changes });
    expect(error?.issues).toMatchObject([{ path, message }]);
  });

  test.each(["baseUrl", "from"])("the setting %s, which it does not know", (setting) => {
    const { error } = schema.safeParse({ ...least, [setting]: "https://gateway.acme.test" });
    expect(error?.issues).toMatchObject([{ code: "unrecognized_keys", keys: [setting] }]);
  });

  test("and shows nothing secret", () => {
    const { error } = schema.safeParse({ ...least, secret: "whsec_hush", authorization: "hush\n" });
    expect(JSON.stringify(error?.issues)).not.toContain("hush");
  });
});

describe("what a gateway can deliver, before anything else of it is checked, is", () => {
  test.each<[unknown, string[]]>([
    [{ channels: ["email", "sms"] }, ["sms", "email"]],
    [{ channels: ["sms", "fax", 7] }, ["sms"]],
    [{ channels: "sms" }, []],
    [{}, []],
    [null, []],
    ["sms", []],
  ])("of %j", (given, channels) => {
    expect(channelsOfWebhook(given)).toEqual(channels);
  });
});
