import { expect, test } from "vitest";
import { proxyOf } from "../../src/config/proxy.ts";

const url = "http://proxy.example:3128";

test.each([
  [{}, undefined],
  [{ HTTPS_PROXY: "" }, undefined],
  // Nothing goes in clear but to this machine.
  [{ HTTP_PROXY: url }, undefined],
  [{ HTTPS_PROXY: url }, { url, noProxy: "" }],
  [
    { https_proxy: url, HTTPS_PROXY: "http://other.example", no_proxy: "a.example", NO_PROXY: "b.example" },
    { url, noProxy: "a.example" },
  ],
  [{ HTTPS_PROXY: "proxy.example:3128" }, "malformed"],
  [{ HTTPS_PROXY: "socks5://proxy.example" }, "malformed"],
])("the environment %j names the proxy %j", (env, proxy) => {
  expect(proxyOf(env)).toEqual(proxy);
});
