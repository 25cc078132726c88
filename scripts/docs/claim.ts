/** How long a rebuild takes, as it may be said to others: measured, or not at all. */
import { code } from './markdown';
import { CLOUD, expiryOf, gib, MEASURE, type Measurement } from './measured';

const HOUR = 3600;

const measure = (stack: string): string => `${MEASURE}
bin/fleet docs --measured drills/latest/report.json --stack ${stack}`;

export interface Claim {
  /** A sentence for clients. */
  sentence: string;
  /** What it rests on, for those who say it. */
  rests: string;
}

/** What may be said on a day of a fleet whose data is on that stack. */
export function claimOf(stack: string, measurement: Measurement | undefined, now: Date): Claim {
  if (!measurement) return withheld(stack, `no drill on ${CLOUD} with at least production’s data is on record`);
  const day = measurement.measuredAt.slice(0, 10);
  const until = expiryOf(measurement);
  if (until <= now)
    return withheld(stack, `the newest measurement is of ${day} and counted until ${until.toISOString().slice(0, 10)}`);
  const took = inWords(measurement.seconds);
  return {
    sentence: `In our last drill, on ${day}, a host was destroyed without warning and ${measurement.seconds < HOUR ? `was back in under an hour: ${took}` : `was back after ${took}`}, data verified, with ${gib(measurement.bytes)} of data.`,
    rests: `A drill on ${measurement.cloud} with the ${measurement.engine}, ${day}: ${took} from the loss to the first transaction of the slower client; ${measurement.acknowledged - measurement.lost} of ${measurement.acknowledged} acknowledged writes came back. Production (${measurement.production.stack}) held ${gib(measurement.production.bytes)} on ${measurement.production.readAt.slice(0, 10)}. To be said until ${until.toISOString().slice(0, 10)}.`,
  };
}

const withheld = (stack: string, why: string): Claim => ({
  sentence: 'How long a rebuild takes we say when it is measured.',
  rests: `**Withheld: "under an hour" may not be said**, because ${why}. Rehearsals on the embedded cloud do not count. What measures it, and puts it here:\n\n${code(measure(stack), 'sh')}`,
});

/** Minutes and seconds. */
function inWords(seconds: number): string {
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  return [...(minutes ? [`${minutes} min`] : []), `${whole % 60} s`].join(' ');
}
