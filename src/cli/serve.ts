import { parseArgs } from "node:util";
import { systemClock } from "../clock.ts";
import type { Config } from "../config/config.ts";
import { risksOf } from "../config/risks.ts";
import { describeSms } from "../message/describe-sms.ts";
import { samplesOf } from "../message/sample.ts";
import { systemRandom } from "../random.ts";
import { type RunningServer, startServer } from "../server.ts";
import { Allowance } from "../shutdown.ts";
import { createLog, type Log, type LogLevel } from "../telemetry/log.ts";
import { readableLine } from "../telemetry/readable-lines.ts";
import { check } from "./check.ts";
import type { Command, Terminal } from "./command.ts";
import { readConfig } from "./read-config.ts";

/** `passcode serve [--config FILE] [--check]`: runs the service until it is asked to stop. */
export const serve: Command = async (args, terminal) => {
  const { values } = parseArgs({
    args: [...args],
    options: { config: { type: "string", short: "c" }, check: { type: "boolean" } },
  });
  if (values.check) return await check(values.config === undefined ? [] : [values.config], terminal);

  const config = await readConfig(values.config, terminal);
  if (config === undefined) return 1;
  const log = terminalLog(config.log.level, terminal);
  for (const detail of risksOf(config, values.config)) log.warn("risk", { detail });
  for (const profile of config.profiles.values()) {
    if (profile.templates.own("sms") === undefined) continue;
    for (const detail of describeSms(profile.templates, samplesOf(profile))) {
      log.info("sms templates", { profile: profile.name, detail });
    }
  }
  const { out } = terminal;
  const surroundings = {
    clock: systemClock,
    random: systemRandom,
    log,
    outbox: { out, readable: out.isTTY === true },
  };
  const starting = startServer(config, surroundings);
  let server: RunningServer | undefined;
  try {
    server = await Promise.race([starting, terminal.stopRequested.then(() => undefined)]);
    if (server === undefined) return await giveUpStarting(starting, config, log);
  } catch (error) {
    log.error("cannot start", { error });
    return 1;
  }
  for (const [protocol, port] of Object.entries(server.ports)) {
    const address =
      protocol === "callbacks" ? config.callbacks?.listen : config.listen[protocol as keyof Config["listen"]];
    const host = address?.host ?? "";
    log.info("listening", { protocol, address: `${host.includes(":") ? `[${host}]` : host}:${port}` });
  }
  await terminal.stopRequested;
  log.info("stopping");
  await server.stop();
  log.info("stopped");
  return 0;
};

/** Asked to stop in the midst of its start, it closes what that has opened, if it ends in time. */
async function giveUpStarting(starting: Promise<RunningServer>, config: Config, log: Log): Promise<number> {
  log.info("stopping");
  const time = new Allowance(config.shutdown.drainMs);
  const inTime = await time.covers(starting.then((server) => server.stop()));
  time.end();
  if (!inTime) log.warn("start not waited for");
  log.info("stopped");
  return 0;
}

function terminalLog(level: LogLevel, { err, log: sink }: Terminal): Log {
  // A reader of the log who goes away must not take the counters along.
  err.on("error", () => {});
  const write =
    err.isTTY === true
      ? (line: string) => sink.write(readableLine(line))
      : (line: string) => sink.write(line);
  const log = createLog(level, { write });
  sink.onDropped = (count) => log.warn("the log's reader was too slow: lines dropped", { count });
  return log;
}
