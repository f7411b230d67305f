import { httpProviderContract } from "../../contract/http-provider-contract.ts";
import { call, callWithKeyPress, code, openTwilio, sms } from "./account.ts";

const messageSid = `SM${"a1".repeat(16)}`;
const callSid = `CA${"b2".repeat(16)}`;

/** How Twilio answers a request that it takes. */
function taken(sid: string) {
  return { kind: "answer" as const, status: 201, body: JSON.stringify({ sid, status: "queued" }) };
}

const cases = [
  { name: "an SMS through Twilio", message: sms, sid: messageSid },
  { name: "a call through Twilio", message: call, sid: callSid },
  { name: "a call through Twilio that asks for a key", message: callWithKeyPress, sid: callSid },
];

for (const { name, message, sid } of cases) {
  httpProviderContract({
    name,
    open: openTwilio,
    message,
    code,
    accepts: taken(sid),
    providerMessageId: sid,
  });
}
