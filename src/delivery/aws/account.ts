import type { HttpClientSettings } from "../http.ts";

/** An AWS account, as one service of it is reached. */
export interface AwsAccountSettings extends HttpClientSettings {
  /** Such as eu-central-1. */
  region: string;
  /** Absent: the SDK finds them where AWS puts them, such as the environment, a profile or the role of the machine. */
  credentials?: AwsCredentials;
  /** Where the service is, if not at its usual address in the region: a VPC endpoint, say. */
  baseUrl?: string;
  /** The SNS topic, with SignatureVersion 2, that delivery events are published to. Without it there are no reports. */
  reportTopicArn?: string;
}

interface AwsCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  /** With temporary credentials. */
  sessionToken?: string;
}

/** What every client of the SDK is made of. One attempt: whether another is made is decided elsewhere. */
export function clientConfig({ region, credentials, baseUrl }: AwsAccountSettings) {
  return {
    region,
    maxAttempts: 1,
    ...(credentials !== undefined && { credentials }),
    ...(baseUrl !== undefined && { endpoint: baseUrl }),
  };
}
