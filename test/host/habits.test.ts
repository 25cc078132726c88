/** Habits of the fleet's older scripts that no script here has. Each is first seen in a line of theirs. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../../host');

interface Line {
  at: string;
  text: string;
}

const files = (readdirSync(ROOT, { recursive: true }) as string[])
  .filter((name) => statSync(join(ROOT, name)).isFile())
  .map((name) => ({ name, content: readFileSync(join(ROOT, name), 'utf8') }))
  .filter(({ name, content }) => /^#!.*(bash|sh)\b/.test(content) || name.endsWith('.sh'));

/** Lines of code with continuations joined, comments taken off. */
const lines: Line[] = files.flatMap(({ name, content }) =>
  content
    .replace(/\\\n\s*/g, ' ')
    .split('\n')
    .map((text, index) => ({ at: `${name}:${index + 1}`, text }))
    .filter(({ text }) => !/^\s*#/.test(text)),
);
const code = (text: string) => text.replace(/\s# .*$/, '');

const calls = (text: string, program: string) =>
  new RegExp(`(^|[;&|({!]|\\bif\\b|\\bthen\\b|\\bdo\\b|\\belse\\b)\\s*${program}\\s`).test(code(text));

const habits: Array<[name: string, theirs: string, has: (text: string) => boolean]> = [
  [
    'ends processes by name, its own shell and other agents among them',
    'pkill -f hermes && ./hermes',
    (text) => calls(text, '(pkill|killall|pgrep|pidof)'),
  ],
  [
    'looks for a process in a list that its own grep is in',
    'ps aux | grep hermes',
    (text) => /\bps\b.*\|\s*e?grep/.test(code(text)),
  ],
  [
    'takes an answer of 500 for health',
    'curl -s http://127.0.0.1:3000/api/v1/version || echo "may differ"',
    (text) => /(^|[;&|({!] *|if |then )curl\s/.test(code(text)) && !/curl -\w*f|--fail\b|%\{http_code\}/.test(text),
  ],
  [
    'waits for ever on a server that hangs',
    'curl -sf http://127.0.0.1:11434/api/tags',
    (text) =>
      /(^|[;&|({!] *|if |then |poll \d+ )curl\s/.test(code(text)) &&
      !/--max-time|--connect-timeout .*--speed-time/.test(text),
  ],
  [
    'asks by HEAD, which the forge may refuse',
    'curl -s -I https://forge/api/v1/version | head -1',
    (text) => /curl\s.*\s(-\w*I\w*|--head)\s/.test(code(text)),
  ],
  [
    'asks for one version of the protocol, which is the proxy’s to choose',
    'curl -sI https://forge/ | grep "HTTP/2 200"',
    (text) => /HTTP\/\d|--http\d/.test(code(text)),
  ],
  [
    'takes the first line of an answer, and with it that there was none',
    'curl -s https://forge/api/v1/version | head -1',
    (text) => /\|\s*head\b/.test(code(text)),
  ],
  [
    'never ends',
    'tail -f /root/allegro/heartbeat_logs/heartbeat.log',
    (text) => /(?<!exec )\btail\s+(-\S+\s+)*-\w*[fF]|journalctl\b.*\s-f\b|\bping -/.test(code(text)),
  ],
  [
    'pipes a download into a shell',
    'curl -fsSL https://get.docker.com | sh',
    (text) => /(curl|wget)\b.*\|\s*(sudo\s+)?(ba)?sh\b/.test(code(text)),
  ],
  ['takes any host key', 'scp -o StrictHostKeyChecking=no a b:', (text) => /StrictHostKeyChecking/.test(text)],
  [
    'takes a list of tables for an integrity check',
    'sqlite3 gitea.db ".tables"',
    (text) => /\.tables/.test(code(text)),
  ],
  [
    'copies a live database with cp',
    'cp /root/gitea/data/gitea.db "$BACKUP_DIR/"',
    (text) => /\bcp\b[^|]*\.db\b/.test(code(text)),
  ],
  [
    'leaves a program in the background without a unit',
    'nohup ./gitea web &',
    (text) => calls(text, 'nohup') || /\bsetsid\b|\bdisown\b/.test(code(text)),
  ],
  [
    'names things by the time of day in words',
    'tar czf "gitea-backup-$(date).zip" .',
    (text) => /\$\(date\)/.test(code(text)),
  ],
  [
    'upgrades everything, and asks questions meanwhile',
    'apt update && apt upgrade -y',
    (text) => /\b(apt|apt-get)\b.*\b(dist-|full-)?upgrade\b/.test(code(text)),
  ],
  [
    'gives a secret away in the list of processes',
    'curl -f --max-time 5 -H "Authorization: token $TOKEN" https://forge/api',
    (text) =>
      /curl\b.*(-H|--header)\s+"?Authorization/.test(code(text)) ||
      /curl\b[^|;]*\s(-u|--user)\s+"?\$|--password[ =]|:\/\/[^\s/'"]*@/.test(code(text)),
  ],
  [
    'takes every repository for its own',
    "git -c safe.directory='*' -C /home/agent/source rev-parse HEAD",
    (text) => /safe\.directory/.test(code(text)),
  ],
  [
    'unpacks a bundle into nothing',
    'git bundle unbundle epic-work.bundle',
    (text) => /git bundle unbundle/.test(code(text)),
  ],
];

test.each(habits)('no script %s', (_, theirs, has) => {
  expect(has(theirs)).toBe(true);
  expect(lines.filter(({ text }) => has(text)).map(({ at, text }) => `${at}: ${text.trim()}`)).toEqual([]);
});

test('every program stops at its first error, whichever part of a pipe it is in', () => {
  expect(files.length).toBeGreaterThan(30);
  const lax = files.filter(
    ({ name, content }) =>
      content.startsWith('#!/usr/bin/env bash') && !name.endsWith('.sh') && !/^set -euo pipefail$/m.test(content),
  );
  expect(lax.map(({ name }) => name)).toEqual([]);
});
