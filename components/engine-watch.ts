/** Ends the program with its engine. */
import * as pulumi from '@pulumi/pulumi';

/** How often the engine is looked for. */
const LOOK_MS = 1000;
/** State of a connection of gRPC that failed. */
const TRANSIENT_FAILURE = 3;

/**
 * Ends the program once its engine was killed: an update must not go on with what a hook of it has begun, and a preview would ask again for ever
 * what nobody answers, and grow.
 */
export function endWithEngine(): void {
  setInterval(() => {
    if (isEngineGone()) process.exit(1);
  }, LOOK_MS).unref();
}

/** The SDK keeps a connection to the engine for as long as the program runs. */
function isEngineGone(): boolean {
  const client = pulumi.runtime.getEngine() as unknown as
    { getChannel(): { getConnectivityState(connects: boolean): number } } | undefined;
  return client?.getChannel().getConnectivityState(true) === TRANSIENT_FAILURE;
}
