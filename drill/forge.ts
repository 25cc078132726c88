/** How the drill reaches the forge. */
import { Http, type HttpOptions, type Resolve } from '../scripts/lib/http';
import { Gitea } from './seed/gitea';
import { gitEnvironment } from './seed/git';

export interface Forge {
  /** Public URL without a slash at the end. */
  baseUrl: string;
  admin: { name: string; password: string };
  /** PEM of the only authorities that are trusted; absent where they are those that everybody trusts. */
  ca?: string;
  resolve?: Resolve;
  /** Folder for what git needs on disk. */
  workDir: string;
}

/** A client of its own for one purpose. */
export function httpOf(forge: Forge, options: HttpOptions = {}): Http {
  return new Http({ ca: forge.ca, resolve: forge.resolve, ...options });
}

/** Does one piece of work with a client of its own. */
export async function withHttp<T>(
  forge: Forge,
  work: (http: Http) => Promise<T>,
  options: HttpOptions = {},
): Promise<T> {
  const http = httpOf(forge, options);
  try {
    return await work(http);
  } finally {
    await http.close();
  }
}

/** Does one piece of work with the API, as the holder of a token. */
export const withForge = <T>(
  forge: Forge,
  token: string,
  work: (gitea: Gitea) => Promise<T>,
  options: HttpOptions = {},
): Promise<T> => withHttp(forge, (http) => work(new Gitea(http, forge.baseUrl, { token })), options);

/** What the forge answers under its public name, or another one. */
export const versionStatus = async (http: Http, baseUrl: string): Promise<number> =>
  (await http.send('GET', `${baseUrl}/api/v1/version`)).status;

/** Of whoever fills a forge: on a machine that others keep busy its database may be locked for half a minute. */
const SEED_RETRIES = 7;

/** The API as the administrator who fills it, by password; tokens are made with it. */
export function adminOf(forge: Forge, http: Http): Gitea {
  return new Gitea(http, forge.baseUrl, { user: forge.admin.name, password: forge.admin.password }, SEED_RETRIES);
}

/** What works with the forge as its administrator, by token. */
export interface AdminAccess {
  gitea: Gitea;
  http: Http;
  gitEnv: Record<string, string>;
  /** The token as a password, which is how git and LFS send it. */
  basic: { user: string; password: string };
  workDir: string;
}

/** Does one piece of work as the administrator. */
export const withAdmin = <T>(
  forge: Forge,
  token: string,
  work: (admin: AdminAccess) => Promise<T>,
  options: HttpOptions = {},
): Promise<T> =>
  withHttp(
    forge,
    async (http) => {
      const { admin, workDir } = forge;
      const gitea = adminOf(forge, http).as({ token });
      const gitEnv = await gitOf(forge, admin.name, token);
      return work({ gitea, http, gitEnv, basic: { user: admin.name, password: token }, workDir });
    },
    options,
  );

/** Makes a token for a user by password; the name must be new. */
export async function makeToken(gitea: Gitea, user: string, name: string): Promise<string> {
  const made = await gitea.post(`/users/${user}/tokens`, { name, scopes: ['all'] });
  return made.sha1;
}

/** Environment of git commands that talk to the forge as the holder of a token. */
export function gitOf(forge: Forge, user: string, token: string): Promise<Record<string, string>> {
  return gitEnvironment({
    baseUrl: forge.baseUrl,
    user,
    token,
    ca: forge.ca,
    resolve: forge.resolve,
    workDir: forge.workDir,
  });
}
