import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type Gateway, gatewaySecret, startGateway } from "./gateway.ts";
import { ReachableService } from "./reachable-service.ts";

const started: { stop(): Promise<unknown> }[] = [];
let gateway: Gateway;
let service: ReachableService;

beforeAll(async () => {
  gateway = await startGateway();
  started.push({ stop: gateway.close });
  service = await ReachableService.start(`
providers:
  gateway: {kind: webhook, url: "${gateway.url}", secret: ${gatewaySecret}, channels: [sms, voice], timeout: 20s}
profiles:
  default:
    brand: Acme
    channels: {sms: gateway, voice: gateway}
    fallback: {channels: [sms, voice], after: 1s}
`);
  started.push(service);
});
afterAll(async () => {
  for (const one of started.splice(0).reverse()) await one.stop();
});

test("an SMS that nobody reports on is followed by a call with the same code, by itself", async () => {
  const phoneNumber = "+41798000001";
  const { answer } = await service.grpc.call("SendPasscode", { phoneNumber });
  const { sessionId } = answer;
  const sms = await gateway.untilMessage(phoneNumber, "sms");
  const call = await gateway.untilMessage(phoneNumber, "voice");

  expect(call.code).toBe(sms.code);
  await vi.waitFor(async () => {
    expect(await service.deliveries(sessionId)).toMatchObject([
      { channel: "CHANNEL_SMS", provider: "gateway", state: "DELIVERY_STATE_ACCEPTED" },
      { channel: "CHANNEL_VOICE", provider: "gateway", state: "DELIVERY_STATE_ACCEPTED" },
    ]);
  });
  const again = await service.grpc.call("SendPasscode", { phoneNumber, sessionId });
  expect(again.answer).toMatchObject({ sessionId, sendsRemaining: 2 });
  const verified = await service.http.call("VerifyPasscode", { sessionId, code: call.code });
  expect(verified.answer.status).toBe("STATUS_APPROVED");
});
