/** A name of the DOM's type library that @connectrpc/connect's declarations use; Node's own types lack it. */
declare type HeadersInit = ConstructorParameters<typeof Headers>[0];
