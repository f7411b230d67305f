import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, watch, writeFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { patienceMs } from "./patience.ts";

/**
 * A real mail server with a certificate of its own, listening on loopback.
 *
 * It takes mail for any address from who has logged in, and anybody may log in under TLS
 * alone. The local part `reject` is refused for good (550), `busy` for now (451). What it
 * takes is kept in a folder until the server stops, at the latest with this process.
 */
export interface Exim {
  host: string;
  /** Offers STARTTLS. */
  starttlsPort: number;
  /** Speaks TLS from the first byte. */
  tlsPort: number;
  /** Offers STARTTLS, and then XOAUTH2 alone. */
  tokenPort: number;
  /** Has XOAUTH2 take this access token, and no other. */
  takeToken(token: string): void;
  /** The certificate to trust, PEM. */
  caPem: string;
  username: string;
  password: string;
  /** The raw messages taken for an address so far, oldest first. */
  messagesFor(address: string): Promise<string[]>;
  /** The first message for an address, as soon as there is one. Rejects when there is none in time. */
  waitForMessage(address: string): Promise<string>;
  stop(): Promise<void>;
}

const eximPath = "/usr/sbin/exim4";
const account = "Debian-exim";
const host = "127.0.0.1";
const startAttemptsMax = 3;

export async function startExim(): Promise<Exim> {
  if (!existsSync(eximPath)) throw new Error("Mail tests need exim: apt-get install exim4-daemon-light");
  if (process.getuid?.() !== 0)
    throw new Error("Mail tests start exim (exim4-daemon-light), which needs root.");
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startOnce();
    } catch (error) {
      // Somebody may have taken a port between finding it free and listening on it.
      if (attempt === startAttemptsMax) throw error;
    }
  }
}

async function startOnce(): Promise<Exim> {
  const root = mkdtempSync(join(tmpdir(), "exim-"));
  const mailFolder = join(root, "mail", "new");
  const [starttlsPort, tlsPort, tokenPort] = await freePorts();
  const login = { username: "passcode", password: randomBytes(12).toString("hex") };
  for (const folder of ["spool", "log", "mail", "mail/new", "mail/cur", "mail/tmp"])
    mkdirSync(join(root, folder));
  makeCertificate(root);
  const takeToken = (token: string) => writeFileSync(join(root, "token"), token);
  takeToken("");
  writeFileSync(join(root, "exim.conf"), configuration({ root, starttlsPort, tlsPort, tokenPort, ...login }));
  execFileSync("chown", ["-R", `${account}:${account}`, root]);
  // Exim reads no configuration that others than root could have written.
  execFileSync("chown", ["root:root", join(root, "exim.conf")]);

  const daemon = spawn("sh", ["-c", guarded, eximPath, root], { stdio: ["pipe", "pipe", "ignore"] });
  const closed = once(daemon.stdout.resume(), "close");
  const stop = async () => {
    daemon.stdin.end();
    await closed;
  };

  try {
    await listening(daemon, starttlsPort);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    host,
    starttlsPort,
    tlsPort,
    tokenPort,
    takeToken,
    caPem: readFileSync(join(root, "cert.pem"), "utf8"),
    ...login,
    messagesFor: (address) => messagesIn(mailFolder, address),
    waitForMessage: (address) => firstMessageIn(mailFolder, address),
    stop,
  };
}

/**
 * Runs the daemon until our end of the pipe closes, then ends it with all its children and
 * removes its folder: so it goes with the process that started it, however that one ends.
 */
const guarded = `
exec 3<&0
setsid "$0" -C "$1/exim.conf" -bdf -q5s >/dev/null & exim=$!
(read -r _ <&3; kill -s KILL -- -$exim; rm -rf "$1") &
wait $exim
`;

function configuration(settings: {
  root: string;
  starttlsPort: number;
  tlsPort: number;
  tokenPort: number;
  username: string;
  password: string;
}): string {
  const { root, starttlsPort, tlsPort, tokenPort, username, password } = settings;
  return `
primary_hostname = localhost
local_interfaces = ${host}
disable_ipv6 = true
daemon_smtp_ports = ${starttlsPort} : ${tlsPort} : ${tokenPort}
tls_on_connect_ports = ${tlsPort}
tls_advertise_hosts = *
tls_certificate = ${root}/cert.pem
tls_privatekey = ${root}/key.pem
spool_directory = ${root}/spool
log_file_path = ${root}/log/%slog
pid_file_path = ${root}/exim.pid
keep_environment =
rfc1413_query_timeout = 0s
# Else it asks the DNS who a client is that introduces itself by the server's address.
helo_lookup_domains =
smtp_accept_max = 100
smtp_accept_max_per_connection = 0
smtp_accept_queue_per_connection = 0
acl_smtp_rcpt = recipient

begin acl
recipient:
  deny local_parts = reject
       message = 5.1.1 no mailbox $local_part@$domain here
  defer local_parts = busy
        message = 4.2.1 mailbox $local_part@$domain is busy
  accept authenticated = *
  deny message = 5.7.1 log in first

begin routers
everybody:
  driver = accept
  transport = folder

begin transports
folder:
  driver = appendfile
  directory = ${root}/mail
  maildir_format
  envelope_to_add
  return_path_add
  user = ${account}

begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = \${if and{{eq{$auth2}{${username}}}{eq{$auth3}{${password}}}}}
  server_set_id = $auth2
  server_advertise_condition = \${if and{{def:tls_in_cipher}{!eq{$received_port}{${tokenPort}}}}}
xoauth2:
  driver = plaintext
  public_name = XOAUTH2
  server_prompts = :
  server_condition = \${if eq{$auth1}{user=${username}\\x01auth=Bearer \${readfile{${root}/token}{}}\\x01\\x01}}
  server_set_id = ${username}
  server_advertise_condition = \${if and{{def:tls_in_cipher}{eq{$received_port}{${tokenPort}}}}}
`;
}

function makeCertificate(root: string): void {
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const files = ["-keyout", join(root, "key.pem"), "-out", join(root, "cert.pem")];
  const names = ["-subj", "/CN=localhost", "-addext", `subjectAltName=DNS:localhost,IP:${host}`];
  execFileSync("openssl", ["req", "-x509", "-days", "2", ...newKey, ...files, ...names], { stdio: "ignore" });
}

async function freePorts(): Promise<[number, number, number]> {
  const servers = [createServer(), createServer(), createServer()];
  const ports: number[] = [];
  for (const server of servers) {
    server.listen(0, host);
    await once(server, "listening");
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("A TCP server has no port.");
    ports.push(address.port);
  }
  for (const server of servers) server.close();
  return [ports[0] ?? 0, ports[1] ?? 0, ports[2] ?? 0];
}

/** Resolves when the daemon accepts connections, rejects when it ends instead. */
async function listening(daemon: ChildProcess, port: number): Promise<void> {
  for (let attempt = 0; attempt < 250 && daemon.exitCode === null; attempt += 1) {
    const socket = connect(port, host);
    const isUp = await once(socket, "connect").then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isUp) return;
    await pause(20);
  }
  throw new Error(`exim4 did not start (exit code ${daemon.exitCode})`);
}

async function messagesIn(folder: string, address: string): Promise<string[]> {
  const names = (await readdir(folder)).sort();
  const messages = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
  // Exim writes domains in lower case.
  const written = address.replace(/@.*/, (domain) => domain.toLowerCase());
  return messages.filter((message) => /^Envelope-to: (.*)$/m.exec(message)?.[1] === written);
}

async function firstMessageIn(folder: string, address: string): Promise<string> {
  const deadline = AbortSignal.timeout(patienceMs);
  const watcher = watch(folder);
  try {
    for (;;) {
      const changed = once(watcher, "change", { signal: deadline });
      const [message] = await messagesIn(folder, address);
      if (message !== undefined) {
        changed.catch(() => {});
        return message;
      }
      await changed;
    }
  } catch (error) {
    throw deadline.aborted ? new Error(`no message for ${address} within ${patienceMs} ms`) : error;
  } finally {
    watcher.close();
  }
}
