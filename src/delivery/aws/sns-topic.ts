/** The domains that the regions of a partition of AWS are under. */
const domains: Readonly<Record<string, string>> = {
  aws: "amazonaws.com",
  "aws-us-gov": "amazonaws.com",
  "aws-cn": "amazonaws.com.cn",
  "aws-eusc": "amazonaws.eu",
};

/**
 * The host that SNS has in the region of a topic; undefined for what is no topic's ARN.
 *
 * A pattern such as sns.*.amazonaws.com does not do in its place: it fits hosts on which
 * anybody may put a file, like that of a bucket called sns.
 */
export function snsHostOf(topicArn: string): string | undefined {
  const [, partition = "", region] = topicPattern.exec(topicArn) ?? [];
  const domain = Object.hasOwn(domains, partition) ? domains[partition] : undefined;
  return region === undefined || domain === undefined ? undefined : `sns.${region}.${domain}`;
}

const topicPattern = /^arn:([a-z-]+):sns:([a-z]{2,5}(?:-[a-z]+)+-[0-9]{1,2}):[0-9]{12}:[A-Za-z0-9_-]{1,256}$/;

/**
 * What stands after the host in a URL of that host; undefined for any other URL.
 *
 * It is compared as text: neither a user, a port, another scheme nor anything that two
 * parsers may read in two ways comes before the first slash.
 */
export function pathAtHost(url: string, host: string): string | undefined {
  const origin = `https://${host}`;
  return url.startsWith(`${origin}/`) ? url.slice(origin.length) : undefined;
}
