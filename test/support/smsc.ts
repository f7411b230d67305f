import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** What the SMSC was sent, or did; for a submit_sm, its fields and the text it decoded. */
interface SmscEvent {
  readonly event: string;
  readonly [field: string]: unknown;
}

/** A delivery receipt, unless `esmClass` says otherwise: a deliver_sm, or with `asData` a data_sm. */
export interface Delivery {
  /** The sequence number, to tell its answer by. */
  seq: number;
  esmClass?: number;
  dataCoding?: number;
  text?: string;
  /** TLVs, in this order. */
  receiptedId?: string;
  /** Leaves out the zero that should end `receiptedId`. */
  isUnterminated?: boolean;
  state?: number;
  /** In hexadecimal: the network's type, then its error of two octets. */
  networkError?: string;
  payload?: string;
  asData?: boolean;
}

type Deliver = { do: "deliver" } & Delivery;

/** What becomes of one submit_sm. Without a plan it is answered with an id of the SMSC's own. */
interface SubmitPlan {
  /** What to deliver before anything else. */
  before?: Delivery[];
  /** Closes the connection instead of answering. */
  drop?: boolean;
  silent?: boolean;
  /** Answers when told to release. */
  hold?: boolean;
  /** Answers a generic_nack with this status. */
  nack?: number;
  status?: number;
  id?: string;
  /** What to do right after the answer. */
  after?: Command[];
}

/** What the SMSC insists on; what is against it is refused with the status that SMPP has for it, and told of as "refused". */
interface Rules {
  /** The binds it takes. */
  binds?: ("transceiver" | "transmitter" | "receiver")[];
  /** How Perl calls the alphabet that a data_coding stands for here. */
  alphabets?: Record<number, string>;
  dataCodings?: number[];
  validity?: "relative" | "absolute" | "absent";
  withoutUdh?: boolean;
  withoutSar?: boolean;
  withoutPayload?: boolean;
  /** Values that fields of a submit_sm must have, each with the status to refuse others with. */
  fields?: Record<string, [value: string | number, status: number]>;
  /** The tags of the TLVs that every submit_sm must have. */
  tlvs?: number[];
}

type Command =
  | { do: "insist"; rules: Rules }
  /** Takes this long for every answer to a submit_sm. */
  | { do: "delay"; ms: number }
  | { do: "plan"; submits: SubmitPlan[] }
  | { do: "release"; newestFirst?: boolean }
  /** Answers no enquire_link and no unbind any more. */
  | { do: "mute" }
  | { do: "drop" | "unbind" | "enquire" | "alert" }
  | { do: "raw"; hex: string }
  | Deliver;

export interface Smsc {
  readonly port: number;
  /** Oldest first. */
  readonly events: readonly SmscEvent[];
  /** Resolves when it is done, or will be before anything that the SMSC is sent from now on. */
  tell(command: Command): Promise<void>;
  /** The n-th event of a kind, from 1, as soon as there is one. */
  until(event: string, n?: number): Promise<SmscEvent>;
  stop(): Promise<void>;
}

/** What most SMSCs take. */
export const usualDialect = {
  bind: "transceiver",
  alphabet: "GSM-7",
  dataCoding: 0,
  validity: "relative",
  concatenation: "udh",
  tlvs: new Map<number, Buffer>(),
} as const;

export const login = { systemId: "passcode", password: "not-8-characters" };

const script = fileURLToPath(new URL("smsc.pl", import.meta.url));

/** An SMSC on 127.0.0.1 with one account, `login`. It is gone when this process is. */
export async function startSmsc(port = 0): Promise<Smsc> {
  const child = spawn("perl", [script, String(port), login.systemId, login.password], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const events: SmscEvent[] = [];
  const waiting = new Set<() => void>();
  const wake = () => {
    for (const check of waiting) check();
  };
  createInterface({ input: child.stdout }).on("line", (line) => {
    events.push(JSON.parse(line));
    wake();
  });
  child.once("exit", wake);

  const until = (event: string, n = 1) =>
    new Promise<SmscEvent>((resolve, reject) => {
      const check = () => {
        const found = events.filter((one) => one.event === event)[n - 1];
        if (found === undefined && child.exitCode === null && child.signalCode === null) return;
        waiting.delete(check);
        if (found === undefined) reject(new Error(`The SMSC ended before event ${n} of ${event}.`));
        else resolve(found);
      };
      waiting.add(check);
      check();
    });

  let told = 0;
  const { port: listening } = await until("listening");
  return {
    port: Number(listening),
    events,
    until,
    tell: async (command) => {
      told += 1;
      const done = until("done", told);
      child.stdin.write(`${JSON.stringify(command)}\n`);
      await done;
    },
    stop: async () => {
      child.stdin.end();
      await exited;
    },
  };
}
