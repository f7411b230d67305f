/*
 * Read in October 2026: Messages API 1.20.0, https://developer.vonage.com/en/api/messages
 */

const instance = "bf0ca0bf927b3b52e3cb03217e1a1ddf";

/** The refusals that the reference of the Messages API shows, with what they say of the message. */
export const publishedProblems: readonly (readonly [
  status: number,
  body: object,
  outcome: { kind: string; detail: string },
])[] = [
  [
    401,
    {
      type: "https://developer.vonage.com/api-errors/#unathorized",
      title: "You did not provide correct credentials.",
      detail:
        "Check that you're using the correct credentials, and that your account has this feature enabled",
      instance,
    },
    { kind: "accountRefused", detail: "HTTP 401" },
  ],
  [
    402,
    {
      type: "https://developer.vonage.com/api-errors/#low-balance",
      title: "Low balance",
      detail: "This request could not be performed due to your account balance being low.",
      instance,
    },
    { kind: "accountRefused", detail: "HTTP 402" },
  ],
  [
    422,
    {
      type: "https://developer.vonage.com/api-errors#invalid-json",
      title: "The request body did not contain valid JSON",
      detail: "Unexpected character ('\"' (code 34)): was expecting comma to separate Object entries",
      instance,
    },
    { kind: "accountRefused", detail: "HTTP 422" },
  ],
  [
    422,
    {
      type: "https://developer.vonage.com/api-errors/messages#1100",
      title: "Unsupported channel",
      detail: "The specified channel is not supported.",
      instance,
    },
    { kind: "accountRefused", detail: "HTTP 422 1100" },
  ],
  [
    422,
    {
      type: "https://developer.vonage.com/api-errors/messages#1110",
      title: "Invalid channel parameters",
      detail: "The value of one or more parameters is invalid.",
      instance,
      invalid_parameters: [
        { name: "messenger.category", reason: "Must be one of `response`, `update` or `message_tag`." },
      ],
    },
    { kind: "accountRefused", detail: "HTTP 422 1110" },
  ],
  [
    422,
    {
      type: "https://developer.vonage.com/api-errors/messages#1120",
      title: "Invalid sender",
      detail: "The `from` parameter is invalid for the given channel.",
      instance,
    },
    { kind: "accountRefused", detail: "HTTP 422 1120" },
  ],
  [
    422,
    {
      type: "https://developer.vonage.com/api-errors/messages#110",
      title: "Invalid recipient",
      detail: "The `to` parameter is invalid for the given channel.",
      instance,
    },
    { kind: "destinationRefused", detail: "HTTP 422 110" },
  ],
  [
    422,
    {
      type: "https://developer.vonage.com/api-errors/messages#1150",
      title: "Invalid params",
      detail: "The value of one or more parameters is invalid.",
      instance,
      invalid_parameters: [{ name: "image.url", reason: "is required." }],
    },
    { kind: "accountRefused", detail: "HTTP 422 1150" },
  ],
  [
    422,
    {
      type: "https://developer.vonage.com/api-errors/messages#1060",
      title: "Invalid client reference",
      detail: "The client reference can be a string of up to 40 characters.",
      instance,
    },
    { kind: "accountRefused", detail: "HTTP 422 1060" },
  ],
  [
    429,
    {
      type: "https://developer.vonage.com/api-errors/messages#1000",
      title: "Rate Limit Hit",
      detail: "Please wait, then retry your request",
      instance,
    },
    { kind: "overloaded", detail: "HTTP 429 1000" },
  ],
  [
    500,
    {
      type: "https://developer.vonage.com/api-errors/messages#1000",
      title: "Internal error",
      detail: "There was an error processing your request in the Platform.",
      instance,
    },
    { kind: "noAnswer", detail: "HTTP 500 1000" },
  ],
];
