import type { FastifyReply } from 'fastify';
import { statusError } from './errors';

const HOUR = 3600;
const MINUTE = 60;

/**
 * DigitalOcean's allowances of an hour and of a minute: the first is told in every answer, 429 says that one is used up. Each request counts
 * until it is as old as that.
 */
export class RateLimit {
  /** When the requests of the last hour came, in seconds, oldest first. */
  private sent: number[] = [];

  constructor(
    private readonly perHour: number,
    private readonly perMinute: number,
  ) {}

  count(reply: FastifyReply): void {
    const now = Date.now() / 1000;
    const lastHour = [...this.sent.filter((at) => at > now - HOUR), now];
    const lastMinute = lastHour.filter((at) => at > now - MINUTE);
    const [[hourBegan = now], [minuteBegan = now]] = [lastHour, lastMinute];
    reply.headers({
      'ratelimit-limit': this.perHour,
      'ratelimit-remaining': Math.max(0, this.perHour - lastHour.length),
      'ratelimit-reset': Math.ceil(hourBegan + HOUR),
    });
    const free =
      lastHour.length > this.perHour
        ? hourBegan + HOUR
        : lastMinute.length > this.perMinute
          ? minuteBegan + MINUTE
          : undefined;
    if (free === undefined) {
      this.sent = lastHour;
      return;
    }
    reply.header('retry-after', Math.ceil(free - now));
    throw statusError(429);
  }
}
