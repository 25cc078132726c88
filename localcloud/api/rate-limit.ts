import type { FastifyReply } from 'fastify';
import { statusError } from './errors';

const HOUR = 3600;

/** DigitalOcean's hourly allowance: told in every answer, 429 when it is used up. */
export class RateLimit {
  private used = 0;
  private reset = 0;

  constructor(private readonly limit: number) {}

  count(reply: FastifyReply): void {
    const now = Math.floor(Date.now() / 1000);
    if (now >= this.reset) {
      this.used = 0;
      this.reset = now + HOUR;
    }
    this.used++;
    reply.headers({ 'ratelimit-limit': this.limit, 'ratelimit-remaining': Math.max(0, this.limit - this.used), 'ratelimit-reset': this.reset });
    if (this.used <= this.limit) return;
    reply.header('retry-after', this.reset - now);
    throw statusError(429);
  }
}
