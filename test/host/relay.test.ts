/** The journal of a Nostr relay against a relay that keeps to its times: what has expired is neither missed nor sent again. */
import { spawnSync } from 'child_process';
import { mkdtempSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join, resolve } from 'path';

const RELAY = resolve(__dirname, '../../host/services/nostr-relay');
/** In the place of the WebSocket library: a relay in memory with strfry's rule for the tag `expiration` (NIP-40). Without signatures. */
const LIBRARY = `
import json, os, time, nostr

class connect:
    def __init__(self, url, **_):
        nostr.valid, nostr.event_id = lambda event: True, lambda event: event["id"]
        self.held, self.said = {}, []
    async def __aenter__(self): return self
    async def __aexit__(self, *_): open(os.environ["SENT"], "a").write("".join(f"{name}\\n" for name in self.held))
    async def recv(self): return json.dumps(self.said.pop(0))
    async def send(self, text):
        verb, *rest = json.loads(text)
        if verb == "EVENT":
            over = any(tag[0] == "expiration" and int(tag[1]) <= time.time() for tag in rest[0]["tags"])
            if not over: self.held[rest[0]["id"]] = rest[0]
            self.said.append(["OK", rest[0]["id"], not over, "invalid: event expired" if over else ""])
        elif verb == "REQ":
            kept = [event for event in map(json.loads, open(os.environ["HELD"])) if event["id"] in rest[1]["ids"]]
            self.said += [["EVENT", rest[0], event] for event in kept] + [["EOSE", rest[0]]]
`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fleet-relay-'));
  writeFileSync(join(folder, 'websockets.py'), LIBRARY);
});

const now = () => Math.floor(Date.now() / 1000);
const event = (id: string, tags: string[][] = [], kind = 1) => ({
  id,
  pubkey: 'author',
  kind,
  tags,
  content: id,
  created_at: now() - 86400,
});
const EVENTS = () => [
  event('kept'),
  event('over', [['expiration', String(now() - 60)]]),
  event('still good', [['expiration', String(now() + 3600)]]),
  event('passing', [], 20001),
];
const lines = (events: object[]) => events.map((one) => `${JSON.stringify(one)}\n`).join('');

function run(program: string, held: object[] = []) {
  writeFileSync(join(folder, 'journal'), lines(EVENTS()));
  writeFileSync(join(folder, 'held'), lines(held));
  writeFileSync(join(folder, 'sent'), '');
  const { status, stdout, stderr } = spawnSync(
    'python3',
    ['-B', join(RELAY, program), 'ws://relay', join(folder, 'journal')],
    {
      encoding: 'utf8',
      timeout: 60_000,
      env: {
        PATH: process.env.PATH,
        PYTHONPATH: `${folder}:${RELAY}`,
        HELD: join(folder, 'held'),
        SENT: join(folder, 'sent'),
      },
    },
  );
  return { status, stdout, stderr };
}

test('a relay that let go of what has expired holds all of its journal; one that lost anything else does not', () => {
  const [kept, , good] = EVENTS();
  expect(run('check.py', [kept, good])).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('holds all 2 events'),
  });
  expect(run('check.py', [kept])).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('lacks 1 of 2 events, the first is still good'),
  });
});

test('what has expired is not sent back, and nothing is refused', () => {
  expect(run('send.py')).toEqual({
    status: 0,
    stdout: '2 of 2 events sent to ws://relay; 2 are ephemeral or expired\n',
    stderr: '',
  });
});
