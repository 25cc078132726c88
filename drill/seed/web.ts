/** The forge's web forms, for what has no API: logging in and enrolling TOTP. */
import { TOTP, Secret } from 'otpauth';
import type { Answer, Http } from '../../scripts/lib/http';

const PERIOD = 30;

export class WebSession {
  private readonly cookies = new Map<string, string>();

  constructor(
    private readonly http: Http,
    private readonly baseUrl: string,
  ) {}

  /** Logs in by password; `totp` answers the second question. Throws when the forge does not let the user in. */
  async login(user: string, password: string, passcode?: () => string): Promise<void> {
    await this.send('GET', '/user/login');
    const answer = await this.send('POST', '/user/login', { user_name: user, password });
    let next = location(answer);
    if (answer.status !== 303 && answer.status !== 302) throw new Error(`the forge refused the password of ${user}`);
    if (next.endsWith('/user/two_factor')) {
      if (!passcode) throw new Error(`the forge asks ${user} for a passcode`);
      await this.send('GET', '/user/two_factor');
      const second = await this.send('POST', '/user/two_factor', { passcode: passcode() });
      if (second.status !== 303 && second.status !== 302) throw new Error(`the forge refused the passcode of ${user}`);
      next = location(second);
    } else if (passcode) throw new Error(`the forge did not ask ${user} for a passcode`);
    const settings = await this.send('GET', '/user/settings');
    if (settings.status !== 200) throw new Error(`${user} is not logged in after the login form`);
  }

  /** Enrols TOTP for the logged-in user and returns the shared secret. */
  async enrollTotp(at = Date.now()): Promise<string> {
    const path = '/user/settings/security/two_factor/enroll';
    const page = await this.send('GET', path);
    const secret = /<img src="data:image\/png;base64,[^"]*" alt="([A-Z2-7]+)"/.exec(page.body.toString())?.[1];
    if (!secret) throw new Error('the page that enrols TOTP shows no secret');
    const answer = await this.send('POST', path, { passcode: passcode(secret, at) });
    if (!location(answer).endsWith('/user/settings/security'))
      throw new Error('the forge did not accept the passcode that enrols TOTP');
    return secret;
  }

  private async send(method: string, path: string, form?: Record<string, string>): Promise<Answer> {
    const headers: Record<string, string> = {
      cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
    };
    if (form) headers['content-type'] = 'application/x-www-form-urlencoded';
    const answer = await this.http.send(method, `${this.baseUrl}${path}`, {
      headers,
      body: form ? new URLSearchParams(form).toString() : undefined,
    });
    const set = answer.headers['set-cookie'];
    for (const cookie of Array.isArray(set) ? set : set ? [set] : []) {
      const [, name, value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (name) this.cookies.set(name, value);
    }
    return answer;
  }
}

const location = (answer: Answer): string => String(answer.headers.location ?? '');

/** The passcode of a moment. */
export function passcode(secret: string, at = Date.now()): string {
  return new TOTP({ secret: Secret.fromBase32(secret), digits: 6, period: PERIOD }).generate({ timestamp: at });
}

/** A passcode that is valid now and was not used before: the forge takes each only once, and those of the next window too. */
export function unusedPasscode(secret: string, used: Set<string>, now = Date.now()): string {
  const fresh = [now, now + PERIOD * 1000, now - PERIOD * 1000]
    .map((at) => passcode(secret, at))
    .find((code) => !used.has(code));
  if (!fresh) throw new Error('every passcode that is valid now has been used; try again in half a minute');
  used.add(fresh);
  return fresh;
}
