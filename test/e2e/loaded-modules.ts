import { appendFileSync } from "node:fs";
import { registerHooks } from "node:module";

/** Imported into a process before anything else, writes the URL of every module it loads to the file that LOADED_MODULES names. */
const path = process.env["LOADED_MODULES"] ?? "";

registerHooks({
  load: (url, context, nextLoad) => {
    appendFileSync(path, `${url}\n`);
    return nextLoad(url, context);
  },
});
