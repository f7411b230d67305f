/** The ways a code reaches a user. */
export const channels = ["sms", "voice", "email"] as const;

export type Channel = (typeof channels)[number];
