/** What nobody else may see, and what a probe leaves behind: held against programs that write down how they were called. */
import { execFileSync } from 'child_process';
import { createServer, type Server } from 'http';
import type { AddressInfo } from 'net';
import { join } from 'path';
import { Ground, OWNER } from './support';

interface Request {
  method: string;
  path: string;
  type?: string;
  authorization?: string;
  body: Record<string, unknown>;
}

const TOKEN = 'token-never-in-argv';
const PASSWORD = 'password-never-in-argv';
const STORE = 'storekey-never-in-argv';
let server: Server;
let url: string;
let requests: Request[];
let ground: Ground;
/** Path and content that the forge was given. */
let written: Record<string, unknown>;

/** As much of a forge, and of a store, as the hooks speak to. */
function answer(request: Request): [number, unknown] {
  const { method, path, body } = request;
  if (method === 'PUT') return [200, ''];
  if (path === '/api/v1/user') return [written.account && request.authorization === `token ${TOKEN}` ? 200 : 401, {}];
  if (/\/tokens$/.test(path)) return [200, [{ id: 5, name: 'fleet-bootstrap-1' }]];
  if (method === 'GET' && /\/repos\/[^/]+\/[^/]+$/.test(path)) return [404, {}];
  if (method === 'POST' && /\/issues$/.test(path)) return [201, { number: 7, ...((written.issue = body) as object) }];
  if (method === 'GET' && /\/issues\/7$/.test(path)) return [200, written.issue];
  if (method === 'POST' && /\/contents\//.test(path))
    return [201, { commit: { sha: 'abc' }, content: (written.content = body.content) }];
  if (method === 'GET' && /\/contents\//.test(path)) return [200, { content: written.content }];
  return [method === 'DELETE' ? 204 : 201, {}];
}

beforeAll(async () => {
  server = createServer((incoming, response) => {
    let text = '';
    incoming.on('data', (part: Buffer) => (text += part.toString('latin1')));
    incoming.on('end', () => {
      const request = {
        method: incoming.method!,
        path: incoming.url!,
        type: incoming.headers['content-type'],
        authorization: incoming.headers.authorization,
        body: {} as Request['body'],
      };
      if (request.type === 'application/json' && text) request.body = JSON.parse(text) as Request['body'];
      requests.push(request);
      const [status, content] = answer(request);
      response
        .writeHead(status, { 'content-type': 'application/json' })
        .end(status === 204 ? undefined : JSON.stringify(content));
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

beforeEach(() => {
  requests = [];
  written = {};
  ground = new Ground({ moved: { 'http://127.0.0.1:3000': url } });
  const home = join(ground.folder, 'home');
  const settings = {
    RCLONE_CONFIG_STORE_ENDPOINT: url,
    RCLONE_CONFIG_STORE_REGION: 'r',
    AWS_ACCESS_KEY_ID: 'host',
    AWS_SECRET_ACCESS_KEY: STORE,
    RCLONE_CONFIG_STORE_SECRET_ACCESS_KEY: STORE,
    FLEET_BUCKET: 'bucket',
    FLEET_PREFIX: 'mine',
  };
  ground.write(
    join(ground.etc, 'store.env'),
    Object.entries(settings)
      .map(([name, value]) => `${name}='${value}'\n`)
      .join(''),
  );
  ground.write(join(ground.etc, 'restic.password'), PASSWORD);
  ground.write(
    join(ground.etc, 'secrets/gitea-admin.json'),
    JSON.stringify({ name: 'admin', email: 'a@drill.test', password: PASSWORD }),
  );
  const real = (name: string) => execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();
  for (const name of ['curl', 'jq', 'openssl'])
    ground.standIn(name, `printf '%s\\n' "${name} $*" >>"$GROUND/argv"; exec ${real(name)} "$@"`);
  const noted = (name: string, body: string) =>
    ground.standIn(name, `printf '%s\\n' "${name} $*" >>"$GROUND/argv"; ${body}`);
  noted('gitea', `case "$*" in *generate-access-token*) echo ${TOKEN} ;; esac`);
  noted('sqlite3', ':');
  noted('restic', `test -n "$RESTIC_PASSWORD" && echo '{"message_type":"summary","snapshot_id":"abc"}'`);
  noted('age', 'while [ "$1" != -o ]; do shift; done; cat >"$2"');
  ground.plan({
    name: 'gitea',
    kind: 'gitea',
    hooks: ['transaction'],
    users: [{ name: OWNER, home }],
    dataset: { owner: OWNER, database: { path: join(home, 'gitea.db') } },
  });
  ground.plan({ name: 'api-token', kind: 'api-token', users: [{ name: OWNER, home }] });
});
afterEach(() => ground.remove());

const changes = () => requests.filter(({ method }) => method !== 'GET' && method !== 'PUT');

test.each<[string, string, string[]]>([
  ['the forge’s first administrator', 'services/gitea/bootstrap', ['gitea']],
  ['the forge’s transaction', 'services/gitea/transaction', ['gitea', 'URL']],
  ['the API token', 'services/api-token/ensure', ['api-token']],
  ['the heartbeat', 'heartbeat', []],
  ['the backup of files', 'backup', ['files']],
])('secrets are never in the arguments of a program, nor in what is said: %s', async (_, script, args) => {
  ground.plan({
    name: 'files',
    dataset: { owner: OWNER, files: { paths: [ground.write(join(ground.data, 'page'), 'page')], exclude: [] } },
  });
  // One that the forge no longer takes.
  ground.write(join(ground.folder, 'home/token'), TOKEN);
  const result = await ground.runBeside(
    script,
    args.map((one) => (one === 'URL' ? url : one)),
  );
  expect(result).toMatchObject({ code: 0 });
  const seen = [
    ground.said('argv'),
    result.out,
    result.err,
    ground.said('journal'),
    requests.map(({ path }) => path).join(),
  ].join('\n');
  expect(seen).toMatch(/curl|restic/);
  for (const secret of [TOKEN, PASSWORD, STORE]) expect(seen).not.toContain(secret);
});

test('they did arrive where they belong', async () => {
  expect(await ground.runBeside('services/gitea/bootstrap', ['gitea'])).toMatchObject({ code: 0 });
  expect(requests.find(({ method }) => method === 'PATCH')).toMatchObject({
    authorization: `token ${TOKEN}`,
    body: { password: PASSWORD },
  });
  // The token was for this only.
  expect(requests.pop()).toMatchObject({ method: 'DELETE', path: '/api/v1/users/admin/tokens/5' });
});

test.each([
  ['the forge’s transaction', 'services/gitea/transaction', ['gitea', 'URL'], 'fleet-probe/probe'],
  ['the trial of the API token', 'services/api-token/verify', ['api-token'], 'fleet-api/recovery'],
])('a probe works in a place of its own, as JSON, and closes what it opened: %s', async (_, script, args, place) => {
  written.account = true;
  ground.write(join(ground.folder, 'home/token'), TOKEN);
  const result = await ground.runBeside(
    script,
    args.map((one) => (one === 'URL' ? url : one)),
  );
  expect(result).toMatchObject({ code: 0 });
  expect(
    changes().filter(({ path }) => path !== '/api/v1/user/repos' && !path.startsWith(`/api/v1/repos/${place}/`)),
  ).toEqual([]);
  expect(changes().filter(({ type }) => type !== 'application/json')).toEqual([]);
  expect(changes().pop()).toMatchObject({
    method: 'PATCH',
    path: `/api/v1/repos/${place}/issues/7`,
    body: { state: 'closed' },
  });
});
