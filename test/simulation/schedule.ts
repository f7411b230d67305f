import type { Chance } from "./chance.ts";

interface Event {
  readonly instance: number;
  /** What happens out there: at the store, at a carrier. */
  readonly takeEffect: () => void;
  /** What the instance hears of it. */
  readonly answer: () => void;
}

// The real one: fake timers leave it alone, and it lets every promise that can go on do so.
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** All that is under way between the instances and the world. Which goes on first is chance's choice. */
export class Schedule {
  readonly #chance: Chance;
  readonly #ended = new Set<number>();
  #events: Event[] = [];

  constructor(chance: Chance) {
    this.#chance = chance;
  }

  /** What comes from an instance that has ended never happens. */
  add(event: Event): void {
    if (!this.#ended.has(event.instance)) this.#events.push(event);
  }

  /** Lets up to `count` things happen, one after the other. */
  async run(count: number): Promise<void> {
    await turn();
    for (let left = count; left > 0 && this.#events.length > 0; left--) {
      const [event] = this.#events.splice(this.#chance.below(this.#events.length), 1);
      event?.takeEffect();
      event?.answer();
      await turn();
    }
  }

  get isIdle(): boolean {
    return this.#events.length === 0;
  }

  /** Ends an instance: what it had under way may still take effect, and nobody hears of it. */
  end(instance: number): void {
    this.#ended.add(instance);
    const dropped = this.#events.filter((event) => event.instance === instance);
    this.#events = this.#events.filter((event) => event.instance !== instance);
    for (const event of dropped) if (this.#chance.below(2) === 0) event.takeEffect();
  }
}
