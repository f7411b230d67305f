import { newApiKey } from "../config/api-key.ts";
import { newSecret } from "../config/secret.ts";
import { systemRandom } from "../random.ts";
import { type Command, UsageError } from "./command.ts";

/** `passcode keygen api-key | secret`: makes a key of 256 random bits. */
export const keygen: Command = async (args, { out }) => {
  switch (args[0]) {
    case "api-key": {
      const { key, sha256 } = newApiKey(systemRandom);
      out.write(`key     ${key}\n        (for the caller, as PASSCODE_API_KEY; it is shown this once)\n`);
      out.write(`sha256  ${sha256}\n        (for apiKeys in the configuration)\n`);
      return 0;
    }
    case "secret":
      out.write(`${newSecret(systemRandom)}\n`);
      return 0;
    default:
      throw new UsageError("passcode keygen api-key | secret");
  }
};
