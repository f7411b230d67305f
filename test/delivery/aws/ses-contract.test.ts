import { systemClock } from "../../../src/clock.ts";
import { AwsSesProvider } from "../../../src/delivery/aws/ses.ts";
import { httpProviderContract } from "../../contract/http-provider-contract.ts";
import { sesSettings } from "./account.ts";

httpProviderContract({
  name: "AWS SES",
  open: (baseUrl) => new AwsSesProvider({ ...sesSettings, baseUrl }, systemClock),
  message: {
    channel: "email",
    to: "ada@example.org",
    senderName: "Acme",
    subject: "493817 is your code",
    text: "493817 is your code.",
    html: "<p>493817 is your code.</p>",
  },
  code: "493817",
  accepts: {
    kind: "answer",
    status: 200,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ MessageId: "0102018f3b6e-example-000000" }),
  },
  providerMessageId: "0102018f3b6e-example-000000",
});
