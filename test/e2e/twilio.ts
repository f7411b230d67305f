import { randomBytes } from "node:crypto";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { SeenRequest } from "../support/faulty-http-server.ts";
import { type Prism, startPrism } from "../support/prism.ts";
import { ReachableService } from "./reachable-service.ts";
import { type RecordingServer, startRecordingProxy } from "./recording-server.ts";

const accountSid = `AC${randomBytes(16).toString("hex")}`;
const authToken = randomBytes(16).toString("hex");

const cliCore = join(import.meta.dirname, "..", "counterparts", "node_modules", "@twilio", "cli-core");

const description = "src/services/twilio-api/twilio_api_v2010.json";

/** Of Twilio's own library, which computes what Twilio sends. */
interface TwilioWebhooks {
  getExpectedTwilioSignature(token: string, url: string, form: Readonly<Record<string, string>>): string;
}

/** A service with an account at Twilio, played by Prism from Twilio's own description, behind a proxy that sees what passes. */
export class ServiceAtTwilio {
  readonly service: ReachableService;
  readonly authToken = authToken;
  readonly #prism: Prism;
  readonly #proxy: RecordingServer;

  static async start(): Promise<ServiceAtTwilio> {
    const prism = await startPrism(join(cliCore, description));
    const proxy = await startRecordingProxy(prism.url);
    try {
      const service = await ReachableService.start(configuration(proxy.url));
      return new ServiceAtTwilio(service, prism, proxy);
    } catch (error) {
      await Promise.all([proxy.close(), prism.stop()]);
      throw error;
    }
  }

  private constructor(service: ReachableService, prism: Prism, proxy: RecordingServer) {
    this.service = service;
    this.#prism = prism;
    this.#proxy = proxy;
  }

  /** What Twilio was asked to send to a number. */
  formFor(to: string): { readonly path: string; readonly form: Readonly<Record<string, string>> } {
    const formOf = ({ body }: SeenRequest) => Object.fromEntries(new URLSearchParams(body));
    const request = this.#proxy.requests.find((one) => formOf(one)["To"] === to);
    if (request === undefined) throw new Error("Twilio was asked nothing for this number");
    return { path: request.url, form: formOf(request) };
  }

  /** Calls back as Twilio does; or, signing with another token or another URL, as somebody else. */
  async callBack(
    given: string,
    parameters: Record<string, string>,
    { token = authToken, signedUrl = given }: { token?: string; signedUrl?: string } = {},
  ) {
    // What follows is for Twilio itself, and neither requested nor signed.
    const [url, signed] = [given, signedUrl].map((one) => one.replace(/#.*$/, "")) as [string, string];
    // As the library declares itself, in a package that this one does not depend on.
    const library = createRequire(join(cliCore, "package.json"))(
      "twilio/lib/webhooks/webhooks",
    ) as TwilioWebhooks;
    const form = { AccountSid: accountSid, ApiVersion: "2010-04-01", ...parameters };
    return await this.service.post(
      url,
      {
        "content-type": "application/x-www-form-urlencoded; charset=UTF-8",
        "x-twilio-signature": library.getExpectedTwilioSignature(token, signed, form),
      },
      new URLSearchParams(form).toString(),
    );
  }

  async stop(): Promise<void> {
    await this.service.stop();
    await Promise.all([this.#proxy.close(), this.#prism.stop()]);
  }
}

function configuration(baseUrl: string): string {
  return `
providers:
  twilio:
    kind: twilio
    accountSid: ${accountSid}
    authToken: "${authToken}"
    from: Acme
    voiceFrom: "+15005550006"
    baseUrl: ${baseUrl}
    timeout: 20s
profiles:
  default:
    brand: Acme
    channels:
      sms: twilio
      voice: twilio
  careful:
    brand: Acme
    channels:
      voice: twilio
    voice:
      keyPress: true
`;
}
