import { parseEmail, parsePhone } from "../../src/ledger/destination.ts";
import { cancelSession } from "../../src/passcode/cancel-session.ts";
import { getSession } from "../../src/passcode/get-session.ts";
import type { Passcodes } from "../../src/passcode/passcodes.ts";
import type { SendRequest } from "../../src/passcode/plan-send.ts";
import { sendPasscode } from "../../src/passcode/send-passcode.ts";
import { type VerifyRequest, verifyPasscode } from "../../src/passcode/verify-passcode.ts";
import { anybody, sendRequestWith } from "../support/passcodes.ts";
import { wrongCode } from "../support/service.ts";
import type { Told } from "./answers.ts";
import { type Caller, destinations, type Guess, profiles, type Script, type Step } from "./script.ts";
import { World } from "./world.ts";

/** What is asked of the service. */
export type Question =
  | {
      readonly kind: "send";
      readonly request: SendRequest;
      readonly caller: Caller;
      /** Whether it asks for a session's code to be sent to another address than the session's. */
      readonly isAstray?: boolean;
    }
  | { readonly kind: "verify"; readonly request: VerifyRequest }
  | { readonly kind: "get" | "cancel"; readonly request: { profile: string; sessionId: string } };

/** One call, as its caller and a bystander see it. Orders are places in the whole history. */
export interface Asked {
  readonly id: number;
  readonly question: Question;
  /** The key of the destination's record in the store. */
  readonly key: string;
  readonly generation: number;
  readonly invoked: number;
  readonly invokedMs: number;
  /** The sends that its caller has in hand at the instance already. */
  readonly sendsInHand: number;
  /** Undefined while nothing was answered, as after a fault or a kill. */
  returned?: number;
  told?: Told;
  /** The reply was lost: the caller knows nothing of it. */
  isLost: boolean;
}

/** A session as its callers know it. */
interface Known {
  readonly sessionId: string;
  readonly opening: SendRequest;
  readonly key: string;
  /** The calls whose messages hold its code. */
  readonly calls: number[];
}

/** All that happened. */
export interface History {
  readonly world: World;
  readonly asked: readonly Asked[];
  /** Times that an instance was killed. */
  readonly kills: number;
  /** Whatever a call ended with that is neither an answer nor the store's failure. */
  readonly unforeseen: readonly unknown[];
}

const purposes = { own: "login", foreign: "payment" };

/** Lives through the script, all of it, to the end of the last call. */
export async function play(script: Script): Promise<History> {
  const world = new World(script.seed);
  try {
    const player = new Player(world);
    for (const step of script.steps) {
      player.take(step);
      if (step.do === "settle" || step.do === "waitUntil") await world.settle();
      if (step.do === "wait") await world.wait(step.spanMs);
      if (step.do === "waitUntil") await world.wait(player.untilMs(step) - world.store.nowMs);
      await world.schedule.run(step.events);
    }
    await world.settle();
    return { world, asked: player.asked, kills: player.kills, unforeseen: player.unforeseen };
  } finally {
    world.end();
  }
}

class Player {
  readonly asked: Asked[] = [];
  readonly unforeseen: unknown[] = [];
  kills = 0;
  /** The calls that came to an end, whether or not their callers know it. */
  readonly #ended = new Set<number>();
  readonly #world: World;
  readonly #sessions: Known[] = [];
  readonly #identified: Asked[] = [];
  #requestIds = 0;

  constructor(world: World) {
    this.#world = world;
  }

  take(step: Step): void {
    switch (step.do) {
      case "open":
        this.#open(step);
        return;
      case "resend":
        this.#resend(step);
        return;
      case "verify":
        for (let time = 0; time < step.times; time++) this.#verify(step, time);
        return;
      case "cancel":
      case "look": {
        const session = this.#session(step.session);
        if (session === undefined) return;
        const { sessionId, opening } = session;
        const request = { profile: opening.profile, sessionId };
        this.#ask(step.instance, { kind: step.do === "look" ? "get" : "cancel", request }, session.key);
        return;
      }
      case "repeat": {
        const former = this.#identified[step.request % Math.max(1, this.#identified.length)];
        if (former !== undefined) this.#ask(step.instance, former.question, former.key);
        return;
      }
      case "loseReply": {
        const latest = this.asked.at(-1);
        if (latest !== undefined && latest.returned === undefined) latest.isLost = true;
        return;
      }
      case "kill":
        this.#kill(step.instance);
        return;
      case "storeFault":
        this.#world.store.plan(this.#world.generationOf(step.instance), step.fault, step.skips);
        return;
      case "carrierFault":
        this.#world.carriers.plan(step.carrier, step.fault);
        return;
      case "stepClock":
        this.#world.stepClock(step.of, step.spanMs);
        return;
      case "wait":
      case "waitUntil":
      case "settle":
    }
  }

  /** The instant, of the store, that a step waits for. */
  untilMs({ what, session, offsetMs }: Step & { do: "waitUntil" }): number {
    const nowMs = this.#world.store.nowMs;
    if (what === "retry") {
      const refused = this.asked.findLast(({ told }) => told?.kind === "refused")?.told;
      return refused?.kind === "refused" ? refused.refusal.retryAtMs + offsetMs : nowMs;
    }
    const known = this.#session(session);
    const answer = this.asked.find(
      ({ told }) => told?.kind === "sent" && told.sessionId === known?.sessionId,
    );
    return answer?.told?.kind === "sent" ? answer.told.view.session.expiresMs + offsetMs : nowMs;
  }

  #open({ at, profile, instance, identified, voice, device, caller }: Step & { do: "open" }): void {
    const destination = destinations[at] ?? destinations[0];
    const request = sendRequestWith({
      profile: profiles[profile] ?? "alpha",
      destination,
      channel: destination.kind === "email" ? "email" : voice ? "voice" : "sms",
      purpose: purposes.own,
      requestId: this.#requestId(identified),
      deviceId: device === 0 ? "" : `device ${device}`,
    });
    this.#ask(instance, { kind: "send", request, caller }, this.#keyOf(request));
  }

  #resend({ session, instance, identified, foreign, twin, caller }: Step & { do: "resend" }): void {
    const known = this.#session(session);
    if (known === undefined) return;
    const { destination } = known.opening;
    const other = twin && destinations.find((one) => one !== destination && one.kind === destination.kind);
    const request = {
      ...known.opening,
      ...(other && { destination: other }),
      sessionId: known.sessionId,
      purpose: foreign ? purposes.foreign : purposes.own,
      requestId: this.#requestId(identified),
    };
    const question = { kind: "send" as const, request, caller, isAstray: Boolean(other) };
    const asked = this.#ask(instance, question, known.key);
    known.calls.push(asked.id);
  }

  #verify({ session, instance, guess, identified }: Step & { do: "verify" }, time: number): void {
    const known = this.#session(session);
    if (known === undefined) return;
    const { opening, sessionId, key } = known;
    const request = {
      profile:
        guess === "otherProfile"
          ? (profiles.find((name) => name !== opening.profile) ?? "")
          : opening.profile,
      sessionId,
      code: this.#codeFor(known, guess, time),
      purpose: guess === "foreign" ? purposes.foreign : purposes.own,
      transaction: {},
      requestId: this.#requestId(identified),
    };
    this.#ask(instance, { kind: "verify", request }, key);
  }

  #codeFor(known: Known, guess: Guess, time: number): string {
    const codes = this.#codesOf(known);
    const right = codes.at(-1) ?? "000000";
    switch (guess) {
      case "wrong":
        return wrongCode(right, this.asked.length + time + 1);
      case "old":
        return codes[0] ?? wrongCode(right);
      case "neighbour": {
        const others = this.#sessions.filter((other) => other !== known);
        return others.flatMap((other) => this.#codesOf(other)).at(-1) ?? wrongCode(right);
      }
      default:
        return right;
    }
  }

  #codesOf({ calls }: Known): string[] {
    const { delivered } = this.#world.carriers;
    return delivered.filter(({ call }) => calls.includes(call)).map(({ code }) => code);
  }

  #kill(index: number): void {
    const generation = this.#world.generationOf(index);
    const lost = this.asked.filter((asked) => asked.generation === generation && !this.#ended.has(asked.id));
    this.#world.kill(index, lost.length);
    this.kills += 1;
  }

  #ask(instance: number, question: Question, key: string): Asked {
    const generation = this.#world.generationOf(instance);
    const asked: Asked = {
      id: this.asked.length,
      question,
      key,
      generation,
      invoked: this.#world.order(),
      invokedMs: this.#world.store.nowMs,
      sendsInHand: question.kind === "send" ? this.#sendsInHand(generation, question.caller) : 0,
      isLost: false,
    };
    this.asked.push(asked);
    if ("requestId" in question.request && question.request.requestId !== "") this.#identified.push(asked);
    this.#world
      .call(instance, asked.id, (passcodes) => put(passcodes, question))
      .then(
        (told) => this.#answered(asked, told),
        (error: unknown) => {
          this.#ended.add(asked.id);
          if (!(error instanceof Error && error.name === "StoreUnavailableError"))
            this.unforeseen.push(error);
        },
      );
    return asked;
  }

  #sendsInHand(generation: number, caller: Caller): number {
    return this.asked.filter(
      (one) =>
        one.generation === generation &&
        one.question.kind === "send" &&
        one.question.caller === caller &&
        !this.#ended.has(one.id),
    ).length;
  }

  #answered(asked: Asked, told: Told): void {
    this.#ended.add(asked.id);
    if (asked.isLost) return;
    asked.returned = this.#world.order();
    asked.told = told;
    if (told.kind !== "sent" && told.kind !== "deliveryFailed") return;
    const { sessionId } = told;
    if (
      asked.question.kind !== "send" ||
      sessionId === undefined ||
      this.#sessions.some((known) => known.sessionId === sessionId)
    )
      return;
    const { requestId } = asked.question.request;
    const calls = this.#identified
      .filter(({ question }) => question.kind === "send" && question.request.requestId === requestId)
      .map(({ id }) => id);
    const opening = { ...asked.question.request, requestId: "" };
    this.#sessions.push({ sessionId, opening, key: asked.key, calls: [...calls, asked.id] });
  }

  #session(place: number): Known | undefined {
    return this.#sessions[place % Math.max(1, this.#sessions.length)];
  }

  #requestId(identified: boolean): string {
    if (!identified) return "";
    this.#requestIds += 1;
    return `00000000-0000-4000-8000-${String(this.#requestIds).padStart(12, "0")}`;
  }

  #keyOf({ profile, destination: { kind, address } }: SendRequest): string {
    const everything = { allowKinds: new Set(["mobile"] as const), denyCountries: new Set<string>() };
    const parsed = kind === "phone" ? parsePhone(address, everything) : parseEmail(address);
    if (parsed.kind !== "ok") throw new Error("the script's destinations are right");
    return `ledger:${this.#world.keys.ledgerOf(profile, parsed.destination).toString("base64url")}`;
  }
}

function put(passcodes: Passcodes, question: Question): Promise<Told> {
  switch (question.kind) {
    case "send":
      return sendPasscode(passcodes, question.request, { ...anybody, key: question.caller });
    case "verify":
      return verifyPasscode(passcodes, question.request);
    case "get":
      return getSession(passcodes, question.request);
    case "cancel":
      return cancelSession(passcodes, question.request);
  }
}
