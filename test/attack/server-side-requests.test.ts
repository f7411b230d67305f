import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Channel } from "../../gen/passcode/v1/session_pb.ts";
import {
  certificateUrl,
  confirmation,
  type Fields,
  notification,
  subscribeUrl,
} from "../delivery/aws/sns-signer.ts";
import { type RecordingServer, startRecordingServer } from "../e2e/recording-server.ts";
import { http } from "../rpc/wire.ts";
import { type Outside, standOutside } from "./outside.ts";
import { snsSigners } from "./vendor-callbacks.ts";
import { acceptance, ServiceAtVendors, type VendorName, vendorNames } from "./vendors.ts";

let outside: Outside;
beforeEach(() => {
  outside = standOutside();
});
afterEach(() => outside.restore());

/** What stands behind the service, and an attacker would have it ask: it must never hear anything. */
let inside: RecordingServer;
beforeAll(async () => {
  inside = await startRecordingServer(async () => ({ status: 200 }));
});
afterAll(() => inside.close());

describe.each(["memory", "Redis"] as const)("A service on %s", (store) => {
  let service: ServiceAtVendors;
  let redirects = false;
  beforeAll(async () => {
    const answer = (request: Parameters<typeof acceptance>[0]) => {
      const location = `${inside.url}/latest/meta-data`;
      if (redirects) return { status: 307, headers: { location } };
      const { headers = {}, ...accepted } = acceptance(request);
      return { ...accepted, headers: { ...headers, location, link: `<${location}>; rel=next` } };
    };
    service = await ServiceAtVendors.start(store, { answer, profile: { keyPress: false } });
  });
  afterAll(() => service.end());

  let destinations = 0;
  async function send(vendor: VendorName, channel: Channel): Promise<unknown> {
    destinations += 1;
    const destination =
      channel === Channel.EMAIL
        ? ({ case: "email", value: `kim${destinations}@example.com` } as const)
        : ({ case: "phoneNumber", value: `+4179${7_000_000 + destinations}` } as const);
    const url = `${inside.url}/${vendor}`;
    const transaction = {
      payee: url,
      markup: `<audio src="${url}"/><img src=${url}>`,
      file: "file:///etc/passwd",
    };
    const endUser = { deviceId: url };
    const sent = service.client.sendPasscode({ profile: vendor, destination, channel, transaction, endUser });
    return await sent.catch((error: unknown) => error);
  }

  const ways: readonly (readonly [VendorName, Channel])[] = vendorNames.map((vendor) => [
    vendor,
    vendor === "ses" || vendor === "sendgrid" ? Channel.EMAIL : Channel.SMS,
  ]);

  it.each(ways)("asks nobody for a URL that a caller or %s has written", async (vendor, channel) => {
    await send(vendor, channel);
    const handed = service.vendors.requests.at(-1);
    expect(handed?.body).toMatch(/meta-data|127\.0\.0\.1/);
    expect(inside.requests).toEqual([]);
    expect(outside.asked).toEqual([`${service.vendors.url}${handed?.url}`]);
  });

  it.each(ways)("follows no redirect of %s", async (vendor, channel) => {
    redirects = true;
    const before = service.vendors.requests.length;
    await send(vendor, channel);
    redirects = false;
    expect(service.vendors.requests).toHaveLength(before + 1);
    expect(inside.requests).toEqual([]);
  });

  /** Hosts that are not the one of SNS in the region, in the ways that have fooled others. */
  const elsewhere = [
    "http://sns.eu-central-1.amazonaws.com",
    "https://sns.eu-central-1.amazonaws.com.evil.test",
    "https://sns.eu-central-1.amazonaws.com@evil.test",
    "https://sns.eu-central-1.amazonaws.com:8443",
    "https://evil.test/?https://sns.eu-central-1.amazonaws.com",
    "https://evil.test#sns.eu-central-1.amazonaws.com",
    "https://evil.test\\@sns.eu-central-1.amazonaws.com",
    "https://sns.us-east-1.amazonaws.com",
    "https://sns.s3.eu-central-1.amazonaws.com",
    "https://SNS.eu-central-1.amazonaws.com",
    "https://127.0.0.1",
    "https://2130706433",
    "https://0x7f000001",
    "https://127.1",
    "https://0.0.0.0",
    "https://[::1]",
    "https://[::ffff:127.0.0.1]",
    "https://[fd00::1]",
    "https://169.254.169.254",
    "file://",
    "data:application/x-pem-file,",
    "",
  ];

  async function post(fields: Fields): Promise<number> {
    const body = JSON.stringify(fields);
    const { callbacks } = service.reported.ports;
    const headers = { "content-type": "text/plain" };
    return (await http(callbacks, { verb: "POST", path: "/reports/ses", headers, body })).status;
  }

  const now = () => ({ Timestamp: new Date().toISOString() });

  it.each(elsewhere)("fetches no certificate at %j, whatever a notification says", async (origin) => {
    const { stranger } = snsSigners();
    const SigningCertURL = `${origin}${new URL(certificateUrl).pathname}`;
    const forged = stranger.sign(notification(stranger, {}, { ...now(), SigningCertURL }));
    expect(await post(forged)).toBe(403);
    expect(outside.asked).toEqual([]);
  });

  it.each([
    "/../latest/meta-data.pem",
    "/SimpleNotificationService-0.pem?x=.pem",
    "/a/b.pem",
    "/x.pem\r\nhost: evil.test",
    "/",
  ])("fetches nothing but a certificate at the host of SNS: not %j", async (path) => {
    const { stranger } = snsSigners();
    const SigningCertURL = `${new URL(certificateUrl).origin}${path}`;
    const forged = stranger.sign(notification(stranger, {}, { ...now(), SigningCertURL }));
    expect(await post(forged)).toBe(403);
    expect(outside.asked).toEqual([]);
  });

  it("visits no subscription before it knows that SNS has signed it", async () => {
    const { stranger } = snsSigners();
    const forged = stranger.sign(confirmation(stranger, { ...now(), SubscribeURL: subscribeUrl }));
    expect(await post(forged)).toBe(503);
    expect(outside.asked).toEqual([certificateUrl]);
  });
});
